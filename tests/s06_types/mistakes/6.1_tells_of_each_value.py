"""Settles after each value: watchers hear of three changes for one command.

Caught by: test_a_push_changes_the_list_in_place
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
    for value in values:
        if end == LEFT:
            items.appendleft(value)
        else:
            items.append(value)
        keyspace.settle(key, items)
    return len(items)
