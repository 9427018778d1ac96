"""Takes the left end for the last item.

Caught by: test_a_queue_and_a_stack
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
        items.extend(values)
    else:
        items.extendleft(values)
    keyspace.settle(key, items)
    return len(items)
