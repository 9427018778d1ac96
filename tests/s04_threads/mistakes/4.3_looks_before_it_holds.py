"""Looks first, and holds the keys only around the write.

Caught by: test_one_of_four_wins
"""

from __future__ import annotations

from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    if any(store.find(key) is not None for key in pairs):
        return False
    with locks.holding(*pairs):
        for key, value in pairs.items():
            store.put(key, value)
    return True
