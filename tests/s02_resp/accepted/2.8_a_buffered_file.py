"""Makes a raw file of the pieces: Python's own buffered reader then knows about lines and lengths."""

from __future__ import annotations

import io

from steps.s02_resp.decode import read_integer, read_length
from steps.s02_resp.values import NULL_ARRAY, CommandError, ProtocolError, SimpleString


class Pieces(io.RawIOBase):
    def __init__(self, pieces):
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def readable(self):
        return True

    def readinto(self, target):
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def read_line(file):
    line = b""
    while not line.endswith(b"\r\n"):
        rest = file.readline()
        if not rest:
            raise ProtocolError("the end, in a line")
        line += rest
    return line[:1], line[1:-2]


def read(file):
    kind, text = read_line(file)
    if kind == b"*":
        count = read_length(text)
        return NULL_ARRAY if count < 0 else [read(file) for _ in range(count)]
    if kind == b"$":
        length = read_length(text)
        if length < 0:
            return None
        data, end = file.read(length), file.read(2)
        if end != b"\r\n":
            raise ProtocolError("the string is longer, or shorter")
        return data
    if kind == b":":
        return read_integer(text)
    if kind in (b"+", b"-"):
        return (SimpleString if kind == b"+" else CommandError)(text.decode(errors="replace"))
    raise ProtocolError("no such kind")


def replies(pieces):
    with io.BufferedReader(Pieces(pieces)) as file:
        while file.peek(1):
            yield read(file)
