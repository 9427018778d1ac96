"""GETRANGE and its old name. https://redis.io/docs/latest/commands/getrange/"""

from __future__ import annotations

from steps.s02_resp.values import Reply
from steps.s05_commands.command import READ
from steps.s05_commands.commands.strings import StringCommand
from steps.s05_commands.fields import Integer, Key
from steps.s05_commands.session import CommandSession


class GetRange(StringCommand, flags=READ):
    """The bytes of the string at key from start to end, both included; negative: from its end."""

    key = Key()
    start = Integer()
    end = Integer()

    def execute(self, session: CommandSession) -> Reply:
        # `peek` instead of `get`: a long string that step 6 keeps in a buffer is not copied for
        # the few bytes that are wanted. `value[start : end + 1]` alone would be wrong for -1,
        # which becomes 0, and before the first byte, where Python goes on counting from the end.
        value = session.store.peek(self.key) or b""
        if self.start < 0 and self.end < 0 and self.start > self.end:
            return b""
        return bytes(value[from_the_front(self.start, value) : from_the_front(self.end, value) + 1])


class SubStr(GetRange):
    """The old name of GETRANGE."""


def from_the_front(index: int, value: bytes | bytearray) -> int:
    """An index as counted from the front; -1 is the last byte. Never below 0."""
    return max(index + len(value), 0) if index < 0 else index
