"""Decodes words strictly: bytes that are no text end the connection.

Caught by: test_a_word_that_is_no_text
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
            word = words.peek().decode().upper()
            option = self.by_word.get(word)
            if option is None:
                break
            if chosen.setdefault(option.name, word) != word:
                raise CommandError(SYNTAX_ERROR)
            words.next()
            found[option.name] = option.take_option(word, words)
        return found
