"""A long list in blocks: what is inserted moves the rest of one block only.

An item that is inserted into a list moves all items after it, at memory speed: a tenth of a
millisecond where there are a million. A sorted set does that for each new member. In a list of lists
it moves a few thousand, and the way from a position to its block is a bisection.

It has what the sorted set of step 6 asks of a list, and `bisect` takes it for one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, MutableSequence
from itertools import accumulate, chain
from typing import Any, Final, TypeVar

Item = TypeVar("Item")

BLOCK: Final = 4096
"""Items in a block at first. One of twice that many is cut in two."""


class Blocks(MutableSequence[Item]):
    """A list of many items."""

    __slots__ = ("blocks", "length", "starts")

    def __init__(self, items: Iterable[Item]) -> None:
        whole = list(items)
        self.blocks = [whole[at : at + BLOCK] for at in range(0, len(whole), BLOCK)] or [[]]
        self.renumber()

    def renumber(self) -> None:
        """Notes where each block starts, after a change."""
        self.starts = list(accumulate(map(len, self.blocks), initial=0))
        self.length = self.starts.pop()

    def place(self, index: int) -> tuple[int, int]:
        """The number of the block in which a position is, and the position inside it."""
        number = bisect_right(self.starts, index) - 1
        return number, index - self.starts[number]

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(self.blocks)

    def __getitem__(self, index: Any) -> Any:
        if type(index) is slice:
            return self.part(*index.indices(self.length))
        if index < 0:
            index += self.length
        # As `place`, without calling it: a search comes here twenty times.
        number = bisect_right(self.starts, index) - 1
        return self.blocks[number][index - self.starts[number]]

    def part(self, first: int, last: int, step: int) -> list[Item]:
        """The items from `first` up to, but not including, `last`."""
        if first >= last or step != 1:
            return [self[index] for index in range(first, last, step)]
        (block, start), (end, stop) = self.place(first), self.place(last - 1)
        if block == end:
            return self.blocks[block][start : stop + 1]
        between = chain.from_iterable(self.blocks[block + 1 : end])
        return [*self.blocks[block][start:], *between, *self.blocks[end][: stop + 1]]

    def insert(self, index: int, value: Item) -> None:
        number, at = self.place(index)
        block = self.blocks[number]
        block.insert(at, value)
        if len(block) >= 2 * BLOCK:
            self.blocks[number : number + 1] = [block[:BLOCK], block[BLOCK:]]
        self.renumber()

    def __delitem__(self, index: Any) -> None:
        if isinstance(index, slice):
            first, last, _ = index.indices(self.length)
        else:
            first, last = index, index + 1
        while first < last:
            number, at = self.place(first)
            block = self.blocks[number]
            gone = min(len(block) - at, last - first)
            del block[at : at + gone]
            if not block and len(self.blocks) > 1:
                del self.blocks[number]
            last -= gone
            self.renumber()

    def __setitem__(self, index: Any, value: Any) -> None:
        number, at = self.place(index)
        self.blocks[number][at] = value
