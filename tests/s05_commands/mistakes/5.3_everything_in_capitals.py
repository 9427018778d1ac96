"""Folds the whole request to capitals, so that options are found: keys and values change too.

Caught by: test_keys_stay_as_they_came
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
        words = cls.words([word.upper() for word in request])
        for part in cls.syntax:
            if isinstance(part, Options):
                for name, value in part.take(words).items():
                    setattr(parsed, name, value)
            else:
                setattr(parsed, part.name, part.take(words))
        if words:
            raise cls.unexpected(words)
        return parsed
