"""Holds, looks and writes for one key after the other.

Caught by: test_all_or_nothing
"""

from __future__ import annotations

from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    for key, value in pairs.items():
        with locks.holding(key):
            if store.find(key) is not None:
                return False
            store.put(key, value)
    return True
