"""Asks of each position whether it is in the range, and makes the second class by a call."""

from __future__ import annotations

from itertools import compress

from steps.s05_commands import fields
from steps.s05_commands.command import READ
from steps.s05_commands.commands import strings


def chosen(length, start, end):
    """For each position, whether the range has it."""
    empty = end < start < 0
    first, last = (range(length)[at] if -length <= at < 0 else at for at in (start, end))
    for position in range(length):
        yield not empty and max(first, 0) <= position <= max(last, 0)


class GetRange(strings.StringCommand, flags=READ):
    key, start, end = fields.Key(), fields.Integer(), fields.Integer()

    def execute(self, session):
        value = session.store.get(self.key)
        if value is None:
            return b""
        return bytes(compress(value, chosen(len(value), self.start, self.end)))


type(GetRange)("SUBSTR", (GetRange,), {})
