"""Answers to steps/s05_commands/fields.py."""

from __future__ import annotations

from typing import Any

from steps.s02_resp.values import SYNTAX_ERROR, CommandError, text_of
from steps.s05_commands import fields
from steps.s05_commands.fields import Words


class Options(fields.Options):
    def take(self, words: Words) -> dict[str, Any]:
        # One loop over the words, not one search for each option: only then may they come in any
        # order. A word that is not an option stays where it is: in ZADD, pairs follow the options.
        # Each option takes its own value, so that value is never mistaken for the next option
        # (`SET k v EX NX`). `option.name in found` alone would refuse `NX NX` as well.
        found: dict[str, Any] = {}
        chosen: dict[str, str] = {}
        while words:
            word = text_of(words.peek().upper())
            option = self.by_word.get(word)
            if option is None:
                break
            if chosen.setdefault(option.name, word) != word:
                raise CommandError(SYNTAX_ERROR)
            words.next()
            found[option.name] = option.take_option(word, words)
        return found
