"""Answers to steps/s05_commands/fields.py."""

from __future__ import annotations

from typing import Any

from steps.s02_resp.values import CommandError
from steps.s05_commands import fields
from steps.s05_commands.fields import SYNTAX_ERROR, Words


class Options(fields.Options):
    def take(self, words: Words) -> dict[str, Any]:
        # One loop over the words, not one search for each option: only so do they come in any order
        # and is a second NX noticed. What is no option is left where it is, since in ZADD the pairs
        # follow behind the options. Values are taken by the option itself, so the value of an option
        # is never mistaken for the next one (`SET k v EX NX`).
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
