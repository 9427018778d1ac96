"""Holds the first key and writes them all.

Caught by: test_one_key_in_common
"""

from __future__ import annotations

from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    with locks.holding(next(iter(pairs))):
        if any(store.find(key) is not None for key in pairs):
            return False
        for key, value in pairs.items():
            store.put(key, value)
        return True
