"""Puts the values before the first item all at once, in their order.

Caught by: test_lpush_turns_the_order_around
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from steps.s06_types.commands.lists import LEFT
from steps.s06_types.keyspace import Keyspace


def push(keyspace: Keyspace, key: bytes, values: Iterable[bytes], end: str) -> int:
    items = keyspace.lookup(key, deque)
    if items is None:
        items = deque()
    if end == LEFT:
        items.extendleft(reversed(list(values)))
    else:
        items.extend(values)
    keyspace.settle(key, items)
    return len(items)
