"""Refuses an option that was there already, the same word too.

Caught by: test_the_same_option_again
"""

from __future__ import annotations

from typing import Any

from steps.s02_resp.values import CommandError
from steps.s05_commands import fields
from steps.s05_commands.fields import SYNTAX_ERROR, Words


class Options(fields.Options):
    def take(self, words: Words) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while words:
            word = words.peek().decode("utf-8", "replace").upper()
            option = self.by_word.get(word)
            if option is None:
                break
            if option.name in found:
                raise CommandError(SYNTAX_ERROR)
            words.next()
            found[option.name] = option.take_option(word, words)
        return found
