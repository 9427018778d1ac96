"""Writes what is free until it meets a key that is there.

Caught by: test_all_or_nothing
"""

from __future__ import annotations

from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    with locks.holding(*pairs):
        return all(store.set_if(key, value, nx=True)[0] for key, value in pairs.items())
