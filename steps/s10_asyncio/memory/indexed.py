"""Dictionaries and sets with positions: for SCAN and for random choice.

A Python dict has no positions, and getting to the middle of a million keys means going through
half of them. So a container that is scanned or sampled gets a `Row` beside it: a list of its
items, and the place of each in that list. A removed item leaves a gap, into which the last item
moves. That takes the same time however many items there are, and so does choosing one at random.

It makes a cursor simple, too. A scan goes through the row from its end to its beginning, and its
cursor is the number of items that are left. New items are added at the end, which every scan has
passed; an item that moves, moves towards the beginning, and is perhaps returned twice. No item
gets from the part that is left to the part that is done, so every item that is there from the
first call to the last is returned at least once. The server keeps nothing for a scan, and any
number that a client sends as a cursor is harmless.

Redis keeps the same promise in another way: its cursor is a bucket of its hash table, counted in
an order that survives the growth of the table.

Source: https://redis.io/docs/latest/commands/scan/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, MutableSet
from itertools import count
from typing import Any, TypeVar

Value = TypeVar("Value")


class Row:
    """Different items in a list, each of which is found, added and removed at once."""

    __slots__ = ("items", "places")

    def __init__(self, items: Iterable[bytes]) -> None:
        self.items = list(items)
        self.places = dict(zip(self.items, count()))

    def add(self, item: bytes) -> None:
        """Puts a new item at the end."""
        self.places[item] = len(self.items)
        self.items.append(item)

    def remove(self, item: bytes) -> None:
        """Removes an item; the last one moves into its place."""
        place, last = self.places.pop(item), self.items.pop()
        if place < len(self.items):
            self.items[place] = last
            self.places[last] = place

    def become(self, items: Iterable[bytes]) -> None:
        """Holds these items from now on; what is there already moves only towards the beginning."""
        wanted = dict.fromkeys(items)
        new = [item for item in wanted if item not in self.places]
        self.items = [item for item in self.items if item in wanted] + new
        self.places = dict(zip(self.items, count()))

    def step(self, cursor: int, size: int) -> tuple[int, list[bytes]]:
        """The next `size` items of the scan at `cursor` (0: a new one), and the next cursor.

        That is 0 when the scan is complete.
        """
        end = min(cursor or len(self.items), len(self.items))
        first = max(end - size, 0)
        return first, self.items[first:end]


class Table(dict[bytes, Value]):
    """A dict with its keys in a row."""

    def __init__(self, source: Mapping[bytes, Value], row: Row | None = None) -> None:
        super().__init__(source)
        self.row = row or Row(self)

    def __setitem__(self, key: bytes, value: Value) -> None:
        if key not in self:
            self.row.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: bytes) -> None:
        super().__delitem__(key)
        self.row.remove(key)

    def __copy__(self) -> dict[bytes, Value]:
        return self.copy()

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc] # it takes what `update` takes
        self.update(other)
        return self

    def pop(self, key: bytes, *default: Any) -> Any:
        if key in self:
            self.row.remove(key)
        return super().pop(key, *default)

    # All other methods that change it call these.
    popitem = MutableMapping.popitem
    clear = MutableMapping.clear
    update = MutableMapping.update
    setdefault = MutableMapping.setdefault


class Members(set[bytes]):
    """A set with its members in a row."""

    def __init__(self, source: Iterable[bytes], row: Row | None = None) -> None:
        super().__init__(source)
        self.row = row or Row(self)

    def add(self, member: bytes) -> None:
        if member not in self:
            super().add(member)
            self.row.add(member)

    def discard(self, member: object) -> None:
        if isinstance(member, bytes) and member in self:
            super().discard(member)
            self.row.remove(member)

    def __copy__(self) -> set[bytes]:
        return self.copy()

    def update(self, *others: Iterable[bytes]) -> None:
        for other in others:
            for member in list(other):
                self.add(member)

    def difference_update(self, *others: Iterable[Any]) -> None:
        for other in others:
            for member in list(other):
                self.discard(member)

    def intersection_update(self, *others: Iterable[Any]) -> None:
        self.difference_update(self.difference(self.intersection(*others)))

    def symmetric_difference_update(self, other: Iterable[bytes]) -> None:
        self.__ixor__(set(other))

    # All other methods that change it call these.
    remove = MutableSet.remove
    pop = MutableSet.pop
    clear = MutableSet.clear
    __ior__ = MutableSet.__ior__
    __iand__ = MutableSet.__iand__
    __isub__ = MutableSet.__isub__
    __ixor__ = MutableSet.__ixor__
