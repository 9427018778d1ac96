"""Makes a lock of its own, which no other thread has.

Caught by: test_one_of_four_wins
"""

from __future__ import annotations

from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    import threading

    with threading.Lock():
        if any(store.find(key) is not None for key in pairs):
            return False
        for key, value in pairs.items():
            store.put(key, value)
        return True
