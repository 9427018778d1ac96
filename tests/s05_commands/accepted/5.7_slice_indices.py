"""A slice reckons the negative positions itself; what it takes for empty is put right before."""

from __future__ import annotations

from steps.s05_commands.command import Flags
from steps.s05_commands.commands.strings import StringCommand
from steps.s05_commands.fields import Integer, Key


class GetRange(StringCommand, flags=Flags.READONLY):
    key = Key()
    start = Integer()
    end = Integer()

    def execute(self, session):
        value = session.store.get(self.key) or b""
        if self.end < self.start < 0:
            return b""
        end = max(self.end, -len(value)) + 1
        return value[slice(self.start, end if end or self.end >= 0 else None)]


class SubStr(GetRange):
    pass
