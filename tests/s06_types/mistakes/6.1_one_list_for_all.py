"""A default argument: one list for all keys that begin empty.

Caught by: test_two_keys_are_two_lists
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from steps.s06_types.commands.lists import LEFT
from steps.s06_types.keyspace import Keyspace


def push(
    keyspace: Keyspace,
    key: bytes,
    values: Iterable[bytes],
    end: str,
    empty: deque[bytes] = deque(),  # noqa: B006
) -> int:
    items = keyspace.lookup(key, deque)
    if items is None:
        items = empty
    if end == LEFT:
        items.extendleft(values)
    else:
        items.extend(values)
    keyspace.settle(key, items)
    return len(items)
