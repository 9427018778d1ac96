"""Answers to steps/s05_commands/command.py."""

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
        # The class is a template that is followed part by part; no command parses its own words.
        # All values are converted before anything runs: a bad last one leaves nothing half done.
        parsed = cls()
        words = cls.words(request)
        for part in cls.syntax:
            if isinstance(part, Options):
                for name, value in part.take(words).items():
                    setattr(parsed, name, value)
            else:
                setattr(parsed, part.name, part.take(words))
        if words:
            raise cls.unexpected(words)
        return parsed
