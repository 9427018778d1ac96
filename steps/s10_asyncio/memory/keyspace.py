"""A keyspace in which no command gets slower because of items that it does not touch.

A container that is scanned or sampled gets a row beside it (`indexed.py`) the first time this is
needed; large values that are removed are freed in slices (`trash.py`); a long string that is
written to in parts becomes a bytearray, and bytes again when the whole of it is read. All of this
relies on the event loop: no other thread looks on while a value changes its form.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence, Sized
from functools import partial
from itertools import islice
from typing import Final

from steps.s03_store.store import Value
from steps.s06_types.keyspace import WrongType
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.clock import Clock, steady
from steps.s07_persistence.keyspace import Keyspace as TimedKeyspace
from steps.s10_asyncio.memory.blocks import Blocks
from steps.s10_asyncio.memory.indexed import Members, Plain, Row, Table
from steps.s10_asyncio.memory.trash import SLICE, Trash, large

SMALL: Final = 128
"""Up to this many items a container needs no row: copying them takes no time."""

LONG_ORDER: Final = 100_000
"""From this many members on, the order of a sorted set is kept in blocks."""

LONG: Final = 4096
"""Up to this many bytes a string is replaced as a whole."""

STRING: Final = (bytes, bytearray)
"""The types of a string: the second one once it has been written to in place."""


class Keyspace(TimedKeyspace):
    """Step 7's keyspace, for large values."""

    def __init__(self, clock: Clock = steady, trash: Trash | None = None) -> None:
        super().__init__(clock)
        self.trash = trash or Trash()
        self.data: Plain[Value] = Plain()
        self.expires: Table[int] = Table({})
        self.listened: Iterable[bytes] = ()
        """The keys that have listeners."""
        self.wary = False
        self.suspended = False
        """Whether expired keys stay where they are, though nobody finds them: during CLIENT PAUSE."""

    # --- positions -----------------------------------------------------------------------

    def row(self) -> Row:
        """The keys."""
        if not isinstance(self.data, Table):
            self.note_places(self.data.with_row())
        return self.data.row

    def row_of(self, key: bytes, value: Collection[bytes]) -> Row | None:
        """The members of the set or sorted set, or the fields of the hash; None if it is small."""
        if len(value) <= SMALL:
            return None
        if isinstance(value, SortedSet):
            if not isinstance(value.scores, Table):
                value.scores = Table(value.scores)
                self.note_places(value.scores.row)
            return value.scores.row
        if not isinstance(value, (Table, Members)):
            value = Table(value) if isinstance(value, dict) else Members(value)
            self.data[key] = value
            self.note_places(value.row)
        return value.row

    def note_places(self, row: Row) -> None:
        """Completes a new row, in slices between which the clients have their turn."""
        while row.note(SLICE):
            if self.trash.soon:
                self.trash.soon(partial(self.note_places, row))
                break

    def sequence(self) -> Sequence[bytes]:
        return self.row().to_choose_from()

    def members(self, key: bytes, value: Collection[bytes]) -> Sequence[bytes]:
        row = self.row_of(key, value)
        return super().members(key, value) if row is None else row.to_choose_from()

    def sample(self, count: int) -> list[bytes]:
        """Random keys with a deadline, up to `count`: all of them if there are no more."""
        keys = self.expires.row.items
        return list({*random.choices(keys, k=count)}) if len(keys) > count else list(keys)

    def settle(self, key: bytes, value: Sized) -> None:
        """As in step 6; a new set or hash keeps the row of the old one, for scans."""
        size = len(value)
        if size > SLICE:
            self.beware()
        if size > LONG_ORDER and isinstance(value, SortedSet) and type(value.order) is list:
            value.order = Blocks(value.order)
        old = self.data.get(key)
        if old is value and size:
            # Does what the steps below do, without calling them: most changes of a container end here.
            self.touch(key)
            return
        super().settle(key, value)
        if old is None or not size:
            return
        if isinstance(old, SortedSet) and isinstance(value, SortedSet):
            value.scores = followed(old.scores, value.scores)
        else:
            self.data[key] = followed(old, value)

    def adopt(self, data: dict[bytes, Value], expires: dict[bytes, int]) -> None:
        if any(map(large, data.values())):
            self.beware()
        super().adopt(data, expires)

    def put_all(self, pairs: Sequence[tuple[bytes, Value]]) -> None:
        if self.observers or self.expires or self.wary:
            super().put_all(pairs)
        else:
            self.data.update(pairs)
            self.changes = next(islice(self.numbers, len(pairs) - 1, None))

    # --- many keys ---------------------------------------------------------------------------------
    # Without a time to live, looking a key up is no more than a look into the dictionary. This does
    # that for all keys of a command in a few calls of C.

    def find_all(self, keys: Sequence[bytes]) -> list[Value]:
        values = list(map(self.data.get, keys))
        if bytearray in map(type, values) or not self.expires.keys().isdisjoint(keys):
            return super().find_all(keys)
        missed = values.count(None)
        self.found += len(keys) - missed
        self.missed += missed
        return values

    # --- freeing ---------------------------------------------------------------------------------

    def beware(self) -> None:
        """There is a large value: from now on, what is written over may have to go into the trash."""
        if not self.wary:
            self.wary = True
            self.put = self.put_over  # type: ignore[method-assign]
            self.replace = self.replace_over  # type: ignore[method-assign]

    def put_over(self, key: bytes, value: Value) -> None:
        """As `put`, which it replaces; see `beware`."""
        self.trash.throw(self.data.get(key))
        super().put(key, value)

    def replace_over(self, key: bytes, value: Value) -> None:
        """As `replace`, which it replaces; see `beware`. Scans go on in the new value."""
        old = self.data.get(key)
        self.trash.throw(old)
        super().replace(key, followed(old, value))

    def discard(self, key: bytes) -> bool:
        value = self.data.get(key)
        if type(value) is bytes and key not in self.expires:
            # Does what the steps below do, without calling them: DEL comes here for each of its keys.
            del self.data[key]
            self.touch(key)
            return True
        there = super().discard(key)
        self.trash.throw(value)
        return there

    def remove_if_over(self, key: bytes) -> bool:
        if self.suspended:
            return self.clock() > self.expires[key] and not self.keep_expired
        value = self.data[key]
        removed = super().remove_if_over(key)
        self.trash.throw(value)
        return removed

    def clear(self) -> None:
        """FLUSHALL: continues with empty dictionaries. Only listeners hear of their keys."""
        heard = [key for key in self.listened if key in self.data]
        removed = len(self.data)
        self.trash.throw(self.data)
        self.trash.throw(self.expires)
        self.data, self.expires = Plain(), Table({})
        for key in heard:
            self.touch(key)
        self.count(removed - len(heard))

    # --- strings that are written in parts ---------------------------------------------------------

    def find_whole(self, key: bytes) -> Value | None:
        """As `find`, which it replaces once a string has been written to in place."""
        value = super().find(key)
        if type(value) is bytearray:
            value = self.data[key] = bytes(value)
        return value

    def get(self, key: bytes) -> bytes | None:
        # As in step 6, without calling `lookup`: no method is called more often.
        value = self.find(key)
        if value is not None and type(value) is not bytes:
            raise WrongType
        return value

    def peek(self, key: bytes) -> bytes | bytearray | None:
        value = TimedKeyspace.find(self, key)  # half the cost of super() in Python 3.11
        if value is not None and not isinstance(value, STRING):
            raise WrongType
        return value

    def write_at(self, key: bytes, offset: int, value: bytes) -> int:
        old = self.peek(key)
        if old is None or len(old) <= LONG:
            return super().write_at(key, offset, value)
        if isinstance(old, bytes):
            old = self.data[key] = bytearray(old)
            self.find = self.find_whole  # type: ignore[method-assign]
        old += bytes(max(offset - len(old), 0))
        old[offset : offset + len(value)] = value
        self.touch(key)
        return len(old)


def followed(old: Value, value: Value) -> Value:
    """`value`, with the row of `old` if that had one: items in both keep their places for scans."""
    if not (isinstance(old, Table | Members) and isinstance(value, set | dict)):
        return value
    row, old.row = old.row, Row(())
    row.become(value)
    return Members(value, row) if isinstance(value, set) else Table(value, row)
