"""Neither command is the other's base, their names are stated, and the group is, too."""

from __future__ import annotations

from steps.s05_commands.command import READ, Command
from steps.s05_commands.fields import Integer, Key


class PartOfString(Command, abstract=True, flags=READ):
    """A part of a string."""

    group = "string"
    where = Key()
    first = Integer()
    last = Integer()

    def execute(self, session):
        value = session.store.peek(self.where)
        if value is None or (self.first < 0 and self.last < 0 and self.first > self.last):
            return b""
        with memoryview(value) as view:
            first, last = self.positions(len(view))
            return view[first:last].tobytes()

    def positions(self, length):
        first, last = self.first, self.last
        if first < 0:
            first = 0 if first < -length else first + length
        if last < 0:
            last = 0 if last < -length else last + length
        return first, last + 1


class Range(PartOfString, name="getrange"):
    """GETRANGE."""


class OldRange(PartOfString, name="SubStr"):
    """SUBSTR."""
