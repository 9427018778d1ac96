"""LCS: the longest string whose bytes stand in both of two strings, in that order.

A table has for each pair of beginnings whether one byte more makes it longer: a bit. Then the way back
through the table finds it. Time and memory grow with the product of the lengths, which Redis limits too.
Sources: https://redis.io/docs/latest/commands/lcs/, and for rows of bits H. Hyyrö, "Bit-parallel
LCS-length computation revisited", 2004.
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.s02_resp.values import CommandError, Reply
from steps.s05_commands.command import READ
from steps.s05_commands.commands.strings import MAX_STRING
from steps.s05_commands.fields import Flag, Integer, Key, Option
from steps.s06_types.command import Command
from steps.s06_types.session import TypesSession

NOT_STRINGS = "ERR The specified keys must contain string values"
BOTH = "ERR If you want both the length and indexes, please just use IDX."
TOO_LARGE = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"

Match = tuple[int, int, int]
"""Where a piece begins in the first string and in the second, and its length."""


def digits(byte: int) -> bytes:
    """For bytes.translate: 1 for that byte, 0 for all others."""
    return b"0" * byte + b"1" + b"0" * (255 - byte)


def table_of(first: bytes, second: bytes) -> list[int]:
    """Row i: how the longest for the first i bytes grows with the bytes of the second.

    Bit j is set if it is longer by one with byte j than without. So the number of bits that are set is
    the length, and a row of ten thousand columns is computed by one addition of Python's long integers,
    whose carry finds the next equal byte.
    """
    everywhere = (1 << len(second)) - 1
    backwards = second[::-1]  # the first byte belongs to the lowest bit, the last digit
    places = {byte: int(backwards.translate(digits(byte)), 2) for byte in {*first} & {*second}}
    rows = [0]
    equal_so_far = everywhere
    for byte in first:
        equal = equal_so_far & places.get(byte, 0)
        equal_so_far = ((equal_so_far + equal) | (equal_so_far - equal)) & everywhere
        rows.append(equal_so_far ^ everywhere)
    return rows


def matches(first: bytes, second: bytes, table: list[int]) -> Iterator[Match]:
    """The pieces that both have, as long as they come without a gap in either; the last one first."""
    i, j, size = len(first), len(second), 0
    while i and j:
        if first[i - 1] == second[j - 1]:
            i, j, size = i - 1, j - 1, size + 1
            if i and j:
                continue
        if size:
            yield i, j, size
            size = 0
        elif table[i] >> (j - 1) & 1:  # shorter without the last byte of the second
            i -= 1
        else:
            j -= 1


class Lcs(Command, flags=READ):
    """The longest string whose bytes both have in order; its length (LEN), or where it stands (IDX)."""

    group = "string"
    looks_up_first = True
    key1 = Key()
    key2 = Key()
    length = Flag("LEN")
    places = Flag("IDX")
    least = Option("MINMATCHLEN", Integer(), default=0)
    lengths = Flag("WITHMATCHLEN")

    def execute(self, session: TypesSession) -> Reply:
        values = [session.store.find(key) or b"" for key in (self.key1, self.key2)]
        if not all(isinstance(value, bytes) for value in values):
            raise CommandError(NOT_STRINGS)
        self.raise_fault()
        if self.length and self.places:
            raise CommandError(BOTH)
        first, second = values
        if 4 * (len(first) + 1) * (len(second) + 1) > MAX_STRING:
            raise CommandError(TOO_LARGE)
        table = table_of(first, second)
        longest = table[-1].bit_count()
        if self.length:
            return longest
        found = matches(first, second, table)
        if not self.places:
            return b"".join(reversed([first[at : at + size] for at, _, size in found]))
        wanted = [self.shown(match) for match in found if match[2] >= self.least]
        return {b"matches": wanted, b"len": longest}

    def shown(self, match: Match) -> list[Reply]:
        """The first and the last position of a piece in both strings."""
        at, other, size = match
        ranges: list[Reply] = [[at, at + size - 1], [other, other + size - 1]]
        return [*ranges, size] if self.lengths else ranges
