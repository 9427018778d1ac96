"""Settles only a list that is new: nobody hears that an old one has grown.

Caught by: test_a_push_changes_the_list_in_place
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from steps.s06_types.commands.lists import LEFT
from steps.s06_types.keyspace import Keyspace


def push(keyspace: Keyspace, key: bytes, values: Iterable[bytes], end: str) -> int:
    items = keyspace.lookup(key, deque)
    new = items is None
    if items is None:
        items = deque()
    if end == LEFT:
        items.extendleft(values)
    else:
        items.extend(values)
    if new:
        keyspace.settle(key, items)
    return len(items)
