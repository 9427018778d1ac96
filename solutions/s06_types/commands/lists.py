"""Answers to steps/s06_types/commands/lists.py."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from steps.s06_types.commands.lists import LEFT
from steps.s06_types.keyspace import Keyspace


def push(keyspace: Keyspace, key: bytes, values: Iterable[bytes], end: str) -> int:
    # extendleft puts one value after the other before the first, which reverses their order, as in
    # Redis. `deque([*values, *items])` keeps it, and also copies all items. The list is changed in
    # place, so `settle` finds the same object and the key goes on as it is.
    items = keyspace.lookup(key, deque)
    if items is None:
        items = deque()
    if end == LEFT:
        items.extendleft(values)
    else:
        items.extend(values)
    keyspace.settle(key, items)
    return len(items)
