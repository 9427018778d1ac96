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

The list of a million items is made in no time, but to note the place of each takes half a second.
Nobody waits for that: the places are noted little by little, from the beginning on. An item that is
removed before its place is known stays in the list until then, or until it is met there.

Redis keeps the same promise in another way: its cursor is a bucket of its hash table, counted in
an order that survives the growth of the table.

Source: https://redis.io/docs/latest/commands/scan/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, MutableMapping, MutableSet, Sequence
from itertools import count
from typing import Any, TypeVar

Value = TypeVar("Value")


class Row(Sequence[bytes]):
    """Different items in a list, each of which is found, added and removed at once.

    As a sequence it has those that are there, in no order. Nothing in `places` is in `gone`.
    """

    __slots__ = ("gone", "items", "known", "places")

    def __init__(self, items: Iterable[bytes]) -> None:
        self.items = list(items)
        self.places: dict[bytes, int] = {}
        self.known = 0
        """How many places at the beginning have been noted."""
        self.gone = set[bytes]()
        """Items that were removed before their place was known."""

    def note(self, most: int) -> bool:
        """Notes the places of up to `most` more items; says whether there are others."""
        while most and self.known < len(self.items):
            item = self.items[self.known]
            if item in self.gone:
                self.fill(self.known)
            else:
                self.places[item] = self.known
                self.known += 1
            most -= 1
        return self.known < len(self.items)

    def __len__(self) -> int:
        return len(self.items) - len(self.gone)

    def __getitem__(self, place: Any) -> Any:
        while (item := self.items[place]) in self.gone:
            self.fill(place)
        return item

    def to_choose_from(self) -> Sequence[bytes]:
        """What is there, as the sequence that is the fastest."""
        return self if self.gone else self.items

    def add(self, item: bytes) -> None:
        """Puts a new item at the end, unless it is still in the list."""
        if item in self.gone:
            self.gone.discard(item)
        else:
            self.places[item] = len(self.items)
            self.items.append(item)

    def remove(self, item: bytes) -> None:
        """Removes an item."""
        place = self.places.pop(item, None)
        if place is None:
            self.gone.add(item)
        else:
            self.fill(place)

    def fill(self, place: int) -> None:
        """Moves the last item to a place whose own has been removed."""
        self.gone.discard(self.items[place])
        while (last := self.items.pop()) in self.gone:
            self.gone.discard(last)
        if place < len(self.items):
            self.items[place] = last
            self.places[last] = place

    def become(self, items: Collection[bytes]) -> None:
        """Holds these items from now on; what is there already moves only towards the beginning."""
        there = set(self.items) - self.gone
        stay = [item for item in self.items if item in items and item in there]
        self.items = stay + [item for item in items if item not in there]
        self.places = dict(zip(self.items, count()))
        self.known, self.gone = len(self.items), set()

    def step(self, cursor: int, size: int) -> tuple[int, list[bytes]]:
        """The next `size` items of the scan at `cursor` (0: a new one), and the next cursor.

        That is 0 when the scan is complete.
        """
        end = min(cursor or len(self.items), len(self.items))
        first = max(end - size, 0)
        return first, [item for item in self.items[first:end] if item not in self.gone]


class Plain(dict[bytes, Value]):
    """A dict that becomes a Table without being copied, and is as fast as any other until then."""

    __slots__ = ("row",)

    def with_row(self) -> Row:
        """Its row, from now on. It is a Table then."""
        if not isinstance(self, Table):
            self.row = Row(self)
            self.__class__ = Table
        return self.row


class Table(Plain[Value]):
    """A dict with its keys in a row."""

    __slots__ = ()

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
