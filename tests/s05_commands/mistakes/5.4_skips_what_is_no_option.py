"""Skips words that are no options and looks for more behind them: the pairs of ZADD are lost.

Caught by: test_the_first_word_that_is_no_option_ends_them
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
            word = words.next().decode("utf-8", "replace").upper()
            option = self.by_word.get(word)
            if option is None:
                continue
            if chosen.setdefault(option.name, word) != word:
                raise CommandError(SYNTAX_ERROR)
            found[option.name] = option.take_option(word, words)
        return found
