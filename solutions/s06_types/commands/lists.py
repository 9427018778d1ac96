"""Answers to steps/s06_types/commands/lists.py."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from steps.s06_types.commands.lists import LEFT
from steps.s06_types.keyspace import Keyspace


def push(keyspace: Keyspace, key: bytes, values: Iterable[bytes], end: str) -> int:
    # extendleft puts one value after the other before the first, which turns their order around, as
    # Redis does. `deque([*values, *items])` keeps it, and copies all items besides. The list is
    # changed in place, so `settle` finds the same object and the key goes on as it is.
    items = keyspace.lookup(key, deque)
    if items is None:
        items = deque()
    if end == LEFT:
        items.extendleft(values)
    else:
        items.extend(values)
    keyspace.settle(key, items)
    return len(items)
