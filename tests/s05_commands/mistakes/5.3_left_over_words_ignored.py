"""Ignores the words that no field has taken: a misspelt option looks like a success.

Caught by: test_words_that_are_left_over
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from steps.s02_resp.values import Request
from steps.s05_commands import command
from steps.s05_commands.fields import Options

if TYPE_CHECKING:
    from typing import Self


class Command(command.Command, abstract=True):
    @classmethod
    def parse(cls, request: Request) -> Self:
        parsed = cls()
        words = cls.words(request)
        for part in cls.syntax:
            if isinstance(part, Options):
                for name, value in part.take(words).items():
                    setattr(parsed, name, value)
            else:
                setattr(parsed, part.name, part.take(words))
        return parsed
