"""Leaves one word out for the name, though CONFIG GET has two.

Caught by: test_a_name_of_two_words
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from steps.s02_resp.values import Request
from steps.s05_commands import command
from steps.s05_commands.fields import Options, Words

if TYPE_CHECKING:
    from typing import Self


class Command(command.Command, abstract=True):
    @classmethod
    def parse(cls, request: Request) -> Self:
        parsed = cls()
        words = Words(request[1:])
        for part in cls.syntax:
            if isinstance(part, Options):
                for name, value in part.take(words).items():
                    setattr(parsed, name, value)
            else:
                setattr(parsed, part.name, part.take(words))
        if words:
            raise cls.unexpected(words)
        return parsed
