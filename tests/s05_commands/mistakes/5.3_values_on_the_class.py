"""Keeps the values on the class: the options of one request stay for the next one.

Caught by: test_each_request_is_an_object_of_its_own
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
        words = cls.words(request)
        for part in cls.syntax:
            if isinstance(part, Options):
                for name, value in part.take(words).items():
                    setattr(cls, name, value)
            else:
                setattr(cls, part.name, part.take(words))
        if words:
            raise cls.unexpected(words)
        return cls()
