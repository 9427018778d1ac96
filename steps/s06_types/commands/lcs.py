"""LCS: the longest string whose bytes stand in both of two strings, in that order.

A table has for each pair of beginnings how long the longest one is; then the way back through the table
finds it. The time is the product of the lengths, and so is the memory, which Redis limits too.
Source: https://redis.io/docs/latest/commands/lcs/
"""

from __future__ import annotations

from array import array
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


def table_of(first: bytes, second: bytes) -> list[array[int]]:
    """Row i, column j: the length of the longest for the first i bytes and the first j bytes."""
    table = [array("I", bytes(4 * (len(second) + 1)))]
    for byte in first:
        above = table[-1]
        row = array("I", [0])
        left = 0
        for column, other in enumerate(second):
            if byte == other:
                left = above[column] + 1
            elif above[column + 1] > left:
                left = above[column + 1]
            row.append(left)
        table.append(row)
    return table


def matches(first: bytes, second: bytes, table: list[array[int]]) -> Iterator[Match]:
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
        elif table[i - 1][j] > table[i][j - 1]:
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
        longest = table[-1][-1]
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
