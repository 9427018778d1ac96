"""Large values that were removed, whose memory is freed a little at a time.

Python frees a container at once when the last reference to it goes: a million items take a tenth
of a second, in which no client is served. So large values are kept here for a moment longer, and
emptied in slices, between which the event loop has its turn. Redis has a thread for that (UNLINK,
FLUSHALL ASYNC); in Python a thread would still hold the interpreter's lock.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from steps.s06_types.zset import SortedSet
from steps.s10_asyncio.memory.blocks import Blocks
from steps.s10_asyncio.memory.indexed import Members, Row, Table

SLICE: Final = 2000
"""How many items are freed at once, which takes 0.2 ms. Values of at most this size go directly."""

ALONE: Final = sys.getrefcount(object()) + 1
"""How many references `sys.getrefcount(x)` counts if `x` is the only name of an object."""


PARTS: Final[dict[type, Callable[[Any], list[Any]]]] = {
    SortedSet: lambda value: [value.order, value.scores],
    Blocks: lambda value: value.blocks,
}
"""The containers of which a value consists. A module that brings a type adds it."""


class Trash:
    """Containers that must not be used any more."""

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()
        self.soon: Callable[[Callable[[], None]], object] | None = None
        """Calls a function when the clients have had their turn. Without it, nothing is kept here."""

    def throw(self, value: Any) -> None:
        """Takes a value that was removed. A small one is left to Python."""
        if self.soon and large(value):
            if not self.waiting:
                self.soon(self.free_some)
            self.waiting.append(value)

    def free_some(self) -> None:
        """Frees one slice; the next one comes after the clients have had their turn."""
        value = self.waiting.popleft()
        # If the value was moved elsewhere (RENAME), or is still being read, it stays as it is.
        if sys.getrefcount(value) <= ALONE and (rest := emptied(value)):
            self.waiting.extendleft(rest)
        del value
        if self.waiting and self.soon:
            self.soon(self.free_some)


def large(value: Any) -> bool:
    """Whether freeing this takes long enough to be felt."""
    held = isinstance(value, deque | dict | list | set) or type(value) in PARTS
    return held and len(value) > SLICE


def emptied(value: Any) -> list[Any]:
    """Removes SLICE items from a container; returns what is left to be freed."""
    if type(value) in PARTS:
        return PARTS[type(value)](value)
    match value:
        case Table() | Members() if value.row.items:
            row, value.row = value.row, Row(())
            return [value, row.items, row.places]
        case dict():
            freed = [dict.popitem(value)[1] for _ in range(min(SLICE, len(value)))]
        case set():
            freed = [set.pop(value) for _ in range(min(SLICE, len(value)))]
        case deque():
            freed = [value.pop() for _ in range(min(SLICE, len(value)))]
        case _:
            freed = value[-SLICE:]
            del value[-SLICE:]
    return [*filter(large, freed), value] if value else list(filter(large, freed))
