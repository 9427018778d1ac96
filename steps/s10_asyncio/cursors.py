"""Cursors: how a client walks through a million keys in small steps, while others change them.

The promise of SCAN: whatever is there from the first call to the last is returned, once at least.
Redis keeps no memory of a scan: its cursor is a place in a hash table, whose buckets it visits in an
order that survives the growing of the table. A dict of Python lets nobody in at its buckets, and a
position in its order means another key once a key before it is gone. So a scan works on a snapshot,
a list of the keys as they were, and its cursor is two numbers in one: which snapshot, and how far.

    cursor  =  number of the snapshot × 2**28  +  position of the next key

What a snapshot costs is eight bytes a key, and its time is that of copying a list: 8 ms for a
million. Scans of the same keys share one as long as nothing has changed. All snapshots together hold
so many keys and no more; beyond, the one that was not used for longest is dropped. Whoever comes
with a cursor of it begins anew, on a younger one. That may return keys twice, which the promise
allows, and it misses none: what has been there from the first call on is in every younger snapshot.

Source: https://redis.io/docs/latest/commands/scan/
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import count
from typing import Final

POSITIONS: Final = 2**28
"""Positions in a snapshot: a cursor has 64 bits, and clients read it as a signed number."""

FIRST_NUMBERS: Final = 2**34
"""A server begins to number at random, or it would take a cursor of its predecessor for its own."""

MOST_KEYS: Final = 2**24
"""In all snapshots together: 128 MB."""


@dataclass
class Snapshot:
    """The keys as they were, of what `of` names, when it had changed `version` times."""

    of: Hashable
    version: int
    keys: list[bytes]
    readers: int = 0


class Cursors:
    """The scans that are under way."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self.most_keys = most_keys
        self.held = 0
        self.snapshots: OrderedDict[int, Snapshot] = OrderedDict()
        """By number; the one that was used last stands last."""
        self.numbers = count(random.randrange(1, FIRST_NUMBERS))

    def step(
        self, of: Hashable, cursor: int, size: int, version: int, keys: Callable[[], list[bytes]]
    ) -> tuple[int, list[bytes]]:
        """The next `size` keys of the scan at `cursor` (0: a new one), and the cursor behind them.

        `keys` makes the list for a snapshot. The cursor is 0 when the scan is over.
        """
        number, position = divmod(cursor, POSITIONS)
        snapshot = self.snapshots.get(number)
        if snapshot is None or snapshot.of != of:
            number, position = self.begin(of, number, version, keys), 0
            snapshot = self.snapshots[number]
        self.snapshots.move_to_end(number)
        part = snapshot.keys[position : position + size]
        if position + size < len(snapshot.keys):
            return number * POSITIONS + position + size, part
        self.end(number)
        return 0, part

    def begin(self, of: Hashable, after: int, version: int, keys: Callable[[], list[bytes]]) -> int:
        """The number of a snapshot to begin on: one that will do, or a new one.

        A new scan (`after` is 0) needs the keys as they are now. One whose snapshot, `after`, was
        dropped may go on with any that is younger: so those who lost theirs don't drop each other's.
        """
        for number, snapshot in reversed(self.snapshots.items()):
            current = snapshot.version == version
            if snapshot.of == of and (current or 0 < after < number):
                snapshot.readers += 1
                return number
        number = next(self.numbers)
        self.keep(number, Snapshot(of, version, keys(), readers=1))
        return number

    def keep(self, number: int, snapshot: Snapshot) -> None:
        """Takes a snapshot in; drops others if it gets too much. The new one itself stays."""
        while self.snapshots and self.held + len(snapshot.keys) > self.most_keys:
            self.drop(next(iter(self.snapshots)))
        self.snapshots[number] = snapshot
        self.held += len(snapshot.keys)

    def end(self, number: int) -> None:
        """A scan is over; with its last reader a snapshot goes."""
        snapshot = self.snapshots[number]
        snapshot.readers -= 1
        if not snapshot.readers:
            self.drop(number)

    def drop(self, number: int) -> None:
        """Forgets a snapshot."""
        self.held -= len(self.snapshots.pop(number).keys)
