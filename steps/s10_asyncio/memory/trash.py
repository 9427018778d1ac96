"""Large values that are gone, and whose memory is given back a little at a time.

Python frees a container at once when the last reference to it goes: a million items take it a tenth
of a second, in which no client is served. So what was large is kept here for a moment longer, and
emptied in slices, between which the event loop has its turn. Redis has a thread for that (UNLINK,
FLUSHALL ASYNC); in Python a thread would hold the interpreter's lock all the same.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from steps.s06_types.zset import SortedSet
from steps.s10_asyncio.memory.indexed import Members, Row, Table

SLICE: Final = 2000
"""How many items are freed in one go, and how many a value may have to be freed without us: 0.2 ms."""

ALONE: Final = sys.getrefcount(object()) + 1
"""How many references `sys.getrefcount(x)` counts if `x` is the only name of an object."""


CONTAINERS: Final = (deque, dict, list, set, SortedSet)


class Trash:
    """Containers that nobody may use any more."""

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()
        self.soon: Callable[[Callable[[], None]], object] | None = None
        """Calls a function when the clients have had their turn. Without it nothing is kept here."""

    def throw(self, value: Any) -> None:
        """Takes a value that was removed. One that is small is left to Python."""
        if self.soon and large(value):
            if not self.waiting:
                self.soon(self.free_some)
            self.waiting.append(value)

    def free_some(self) -> None:
        """Frees one slice; the next one's turn comes after that of the clients."""
        value = self.waiting.popleft()
        # Whoever has moved the value elsewhere (RENAME), or still reads it, keeps it as it is.
        if sys.getrefcount(value) <= ALONE and (rest := emptied(value)):
            self.waiting.extendleft(rest)
        del value
        if self.waiting and self.soon:
            self.soon(self.free_some)


def large(value: Any) -> bool:
    """Whether freeing this takes long enough to be felt."""
    return isinstance(value, CONTAINERS) and len(value) > SLICE


def emptied(value: Any) -> list[Any]:
    """Takes SLICE items out of a container; what is left to be freed."""
    match value:
        case SortedSet():
            return [value.order, value.scores]
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
