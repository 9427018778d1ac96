"""Takes all words that are options first, and values from what is left: EX NX loses its value.

Caught by: test_the_value_of_an_option_is_not_the_next_option
"""

from __future__ import annotations

from typing import Any

from steps.s02_resp.values import CommandError
from steps.s05_commands import fields
from steps.s05_commands.fields import SYNTAX_ERROR, Words


class Options(fields.Options):
    def take(self, words: Words) -> dict[str, Any]:
        found: dict[str, Any] = {}
        chosen: dict[str, str] = {}
        while words:
            word = words.peek().decode("utf-8", "replace").upper()
            option = self.by_word.get(word)
            if option is None:
                break
            if chosen.setdefault(option.name, word) != word:
                raise CommandError(SYNTAX_ERROR)
            words.next()
            following = words.peek().decode("utf-8", "replace").upper()
            if following not in self.by_word:
                found[option.name] = option.take_option(word, words)
        return found
