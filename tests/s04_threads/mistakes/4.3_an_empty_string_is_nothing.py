"""Takes an empty string for a key that is not there.

Caught by: test_an_empty_string_is_there
"""

from __future__ import annotations

from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    with locks.holding(*pairs):
        if any(store.find(key) for key in pairs):
            return False
        for key, value in pairs.items():
            store.put(key, value)
        return True
