"""Returns how many values were pushed.

Caught by: test_the_reply_is_the_new_length
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
    before = len(items)
    if end == LEFT:
        items.extendleft(values)
    else:
        items.extend(values)
    keyspace.settle(key, items)
    return len(items) - before
