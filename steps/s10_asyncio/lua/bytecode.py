"""Compiled Lua without tail calls.

`return f(x)` is a tail call: Lua reuses the frame of the caller, and an error in `f` can no longer
tell which line of the script called it. The functions of Redis are C functions, for which Lua keeps
the frame. Those of this server are written in Lua, so each tail call is made an ordinary call,
which differs in one opcode. (A recursion that relies on tail calls to go on for ever meets Lua's
limit for calls instead.)

Source: lopcodes.h and ldump.c of Lua 5.1
"""

from __future__ import annotations

import struct
from typing import Final

OP_CALL: Final = 28
OP_TAILCALL: Final = 29
OPCODE: Final = 0x3F
"""The bits of an instruction that say what it does."""

HEADER: Final = 12
CONSTANT_SIZES: Final = {0: 0, 1: 1, 3: 8}
"""Bytes of a constant by its type: nil, boolean, number. A string (4) states its own."""


class Chunk:
    """A compiled function, as `string.dump` writes it on this machine."""

    def __init__(self, dumped: bytes) -> None:
        self.data = bytearray(dumped)
        self.at = HEADER
        self.order = "<" if dumped[6] else ">"
        self.size_format = self.order + {4: "I", 8: "Q"}[dumped[8]]

    def number(self) -> int:
        """The next int of four bytes."""
        (value,) = struct.unpack_from(self.order + "i", self.data, self.at)
        self.at += 4
        return int(value)

    def skip_string(self) -> None:
        """A string comes next, or none: its size, and as many bytes."""
        (size,) = struct.unpack_from(self.size_format, self.data, self.at)
        self.at += struct.calcsize(self.size_format) + size

    def untail(self) -> None:
        """Makes ordinary calls of the tail calls in the function that begins here."""
        self.skip_string()  # the name of the source
        self.at += 4 + 4 + 4  # lines, numbers of variables
        for _ in range(self.number()):
            (instruction,) = struct.unpack_from(self.order + "I", self.data, self.at)
            if instruction & OPCODE == OP_TAILCALL:
                struct.pack_into(
                    self.order + "I", self.data, self.at, instruction & ~OPCODE | OP_CALL
                )
            self.at += 4
        for _ in range(self.number()):
            kind = self.data[self.at]
            self.at += 1
            if kind == 4:
                self.skip_string()
            else:
                self.at += CONSTANT_SIZES[kind]
        for _ in range(self.number()):
            self.untail()
        self.skip_debug()

    def skip_debug(self) -> None:
        """The lines of the instructions, and the names of the variables."""
        lines = self.number()
        self.at += 4 * lines
        for _ in range(self.number()):
            self.skip_string()
            self.at += 8
        for _ in range(self.number()):
            self.skip_string()


def without_tail_calls(dumped: bytes) -> bytes:
    """The same function without tail calls."""
    chunk = Chunk(dumped)
    chunk.untail()
    return bytes(chunk.data)
