"""Bytes on the wire, taken apart for people: each value with its type, its length and its bytes.

    > 0.000  array of 2                    *2\\r\\n
               bulk string of 4 bytes      $4\\r\\nECHO\\r\\n
               bulk string of 2 bytes      $2\\r\\nhi\\r\\n
    < 0.001  bulk string of 2 bytes        $2\\r\\nhi\\r\\n

An `Anatomy` reads one direction of one connection as it comes, in pieces of any size. It shows a
piece at once, even if it ends in the middle of a value, so that you see what came when.
"""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from workbook.wire import show

MARGIN = 9
COLUMN = 40
WIDTH = 80
MOST, FIRST, LAST = 2000, 1000, 500
"""Bytes of one value that are shown whole; else its first and its last."""

LINES = {
    b"+": "simple string",
    b"-": "error",
    b":": "integer",
    b"_": "null",
    b"#": "boolean",
    b",": "double",
    b"(": "big number",
}
BLOCKS = {b"$": "bulk string", b"!": "bulk error", b"=": "verbatim string"}
AGGREGATES = {
    b"*": ("array of {}", 1),
    b"~": ("set of {}", 1),
    b">": ("push of {}", 1),
    b"%": ("map of {} pairs", 2),
    b"|": ("attributes: {} pairs", 2),
}
NULLS = {b"$": "null (as a bulk string)", b"*": "null (as an array)"}


class Row(NamedTuple):
    """One value, or a piece of one."""

    depth: int
    note: str
    raw: bytes


class Group(NamedTuple):
    """An array, map, set or push of which something is still to come."""

    kind: bytes
    left: int


class Anatomy:
    """Takes one direction of a connection apart."""

    def __init__(self, sent: bool = False, plain: bool = False) -> None:
        self.values = 0
        """Values that came whole; those inside of others do not count, and pushes as a rule."""
        self.count_pushes = False
        self._sent = sent  # where a line of words is a command too
        self._plain = plain  # nothing but bytes, as step 1 has them
        self._groups: list[Group] = []
        self._line = b""  # the beginning of a line that goes on
        self._left = 0  # bytes of a string that are still to come, its CRLF with them

    @property
    def idle(self) -> bool:
        """Whether nothing is half here."""
        return not (self._groups or self._line or self._left)

    def feed(self, data: bytes) -> list[Row]:
        """What has come, by values."""
        if self._plain:
            self.values += 1
            return [Row(0, count(len(data), "byte"), data)] if data else []
        rows: list[Row] = []
        while data:
            row, data = self._more_of_string(data) if self._left else self._one_line(data)
            rows.append(row)
        return rows

    def _more_of_string(self, data: bytes) -> tuple[Row, bytes]:
        piece, rest = data[: self._left], data[self._left :]
        self._left -= len(piece)
        row = Row(len(self._groups), "more of it" if self._left else "the rest of it", piece)
        if not self._left:
            self._close(b"$")
        return row, rest

    def _one_line(self, data: bytes) -> tuple[Row, bytes]:
        end = data.find(b"\n") + 1
        depth = len(self._groups)
        if not end:
            begun, self._line = self._line, self._line + data
            return Row(depth, "more of a line" if begun else "part of a line", data), b""
        line, self._line = self._line + data[:end], b""
        piece, rest = data[:end], data[end:]
        kind, text = line[:1], line[1:].rstrip(b"\r\n")
        if kind in LINES:
            self._close(kind)
            return Row(depth, LINES[kind], piece), rest
        number = int(text) if re.fullmatch(rb"-1|\d{1,18}", text) else None
        if number == -1 and kind in NULLS:
            self._close(kind)
            return Row(depth, NULLS[kind], piece), rest
        if number is not None and number >= 0 and kind in BLOCKS:
            return self._string(kind, number, piece, rest)
        if number is not None and number >= 0 and kind in AGGREGATES:
            name, factor = AGGREGATES[kind]
            self._open(Group(kind, number * factor))
            return Row(depth, name.format(number), piece), rest
        self._close(kind)
        inline = self._sent and not depth and kind not in b"*$"
        return Row(depth, "inline command" if inline else "not RESP", piece), rest

    def _string(self, kind: bytes, length: int, piece: bytes, rest: bytes) -> tuple[Row, bytes]:
        depth = len(self._groups)
        size = length + 2
        body, rest = rest[:size], rest[size:]
        note = f"{BLOCKS[kind]} of {count(length, 'byte')}"
        self._left = size - len(body)
        if self._left:
            note += f", {min(len(body), length)} here"
        else:
            self._close(kind)
        return Row(depth, note, piece + body), rest

    def _open(self, group: Group) -> None:
        self._groups.append(group)
        if not group.left:
            self._end_group()

    def _end_group(self) -> None:
        self._close(self._groups.pop().kind)

    def _close(self, kind: bytes) -> None:
        """A value is whole; perhaps the group around it is whole by that."""
        if kind == b"|":
            return  # attributes stand in front of a value, and are none
        if not self._groups:
            self.values += kind != b">" or self.count_pushes
            return
        top = self._groups[-1]
        self._groups[-1] = Group(top.kind, top.left - 1)
        if top.left == 1:
            self._end_group()


def count(number: int, what: str) -> str:
    """`1 byte`, `2 bytes`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def rendered(mark: str, seconds: float, rows: list[Row]) -> str:
    """The rows as lines of 80 columns; `mark` is > for sent, < for received."""
    lead = f"{mark} {seconds:.3f}"
    lines = []
    for row in rows:
        lines += _lines(f"{lead:<{MARGIN}}", row)
        lead = mark
    return "\n".join(lines)


def _lines(lead: str, row: Row) -> list[str]:
    note = lead + "  " * min(row.depth, 8) + row.note
    room = WIDTH - COLUMN
    raw = show(row.raw) if len(row.raw) <= MOST else _cut(row.raw)
    pieces = [raw] if len(raw) <= room else _wrapped(raw, room)
    first = (
        f"{note:<{COLUMN}}{pieces[0]}"
        if len(note) < COLUMN
        else f"{note}\n{'':<{COLUMN}}{pieces[0]}"
    )
    return [first.rstrip(), *(f"{'':<{COLUMN}}{piece}" for piece in pieces[1:])]


def _cut(raw: bytes) -> str:
    left = len(raw) - FIRST - LAST
    return f"{show(raw[:FIRST])} [{left} bytes left out] {show(raw[-LAST:])}"


def _wrapped(raw: str, room: int) -> list[str]:
    """Lines of at most `room` columns, in which no escape is cut."""
    rows = [""]
    for token in re.findall(r"\\x[0-9a-f]{2}|\\.|.", raw):
        if len(rows[-1]) + len(token) > room:
            rows.append("")
        rows[-1] += token
    return rows


def said(text: str) -> str:
    """A sentence about the connection, in the place of values."""
    return textwrap.fill(text, WIDTH, initial_indent="--       ", subsequent_indent=" " * MARGIN)
