"""Reads the replies in a stream of pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from steps.s02_resp.decode import read_integer, read_length
from steps.s02_resp.values import NULL_ARRAY, CommandError, ProtocolError, SimpleString


def replies(pieces: Iterable[bytes]) -> Iterator[Any]:
    # A parser that is fed has to remember where in an array of arrays it was. This one asks for the
    # next piece in the middle of its work, so Python's own stack remembers. It can, since in a
    # client nothing else is to be done in the meantime.
    stream = Stream(pieces)
    while not stream.at_end():
        yield read_value(stream)


class Stream:
    """The bytes of the pieces, one after the other; asks for a piece when it needs one."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.buffer = bytearray()
        self.position = 0

    def grow(self) -> bool:
        """Takes the next piece, and drops what is used up; False after the last one."""
        piece = next(self.pieces, None)
        if piece is None:
            return False
        # Once for each piece: to drop it after each value would move the rest of the buffer for
        # every small reply.
        del self.buffer[: self.position]
        self.position = 0
        self.buffer += piece
        return True

    def at_end(self) -> bool:
        """Whether the pieces end here."""
        while self.position == len(self.buffer):
            if not self.grow():
                return True
        return False

    def line(self) -> bytes:
        """The next line, without its CRLF."""
        searched = 0
        while (end := self.buffer.find(b"\r\n", self.position + searched)) < 0:
            # A long line may come in many pieces, too. Its last byte may be the CR.
            searched = max(len(self.buffer) - self.position - 1, 0)
            if not self.grow():
                raise ProtocolError("the replies end too early")
        line = bytes(memoryview(self.buffer)[self.position : end])
        self.position = end + 2
        return line

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        while len(self.buffer) - self.position < count:
            if not self.grow():
                raise ProtocolError("the replies end too early")
        start, self.position = self.position, self.position + count
        return bytes(memoryview(self.buffer)[start : self.position])


def read_value(stream: Stream) -> Any:
    """The value that begins here."""
    line = stream.line()
    kind, text = line[:1], line[1:]
    match kind:
        case b"+":
            return SimpleString(text.decode("utf-8", "replace"))
        case b"-":
            return CommandError(text.decode("utf-8", "replace"))
        case b":":
            return read_integer(text)
        case b"$":
            length = read_length(text)
            if length < 0:
                return None
            value = stream.take(length)
            if stream.take(2) != b"\r\n":
                raise ProtocolError("expected CRLF after a bulk string")
            return value
        case b"*":
            count = read_length(text)
            return NULL_ARRAY if count < 0 else [read_value(stream) for _ in range(count)]
        case _:
            raise ProtocolError(f"unknown type byte {kind!r}")
