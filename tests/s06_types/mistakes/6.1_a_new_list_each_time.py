"""Puts a new list in the place of the old one at each push.

Caught by: test_a_push_changes_the_list_in_place
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from steps.s06_types.commands.lists import LEFT
from steps.s06_types.keyspace import Keyspace


def push(keyspace: Keyspace, key: bytes, values: Iterable[bytes], end: str) -> int:
    items = keyspace.lookup(key, deque) or deque()
    values = list(values)
    items = deque([*reversed(values), *items] if end == LEFT else [*items, *values])
    keyspace.settle(key, items)
    return len(items)
