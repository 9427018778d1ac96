"""Answers to steps/s04_threads/session.py."""

from __future__ import annotations

from typing import Any

from steps.s02_resp.values import Reply
from steps.s03_store.store import Store
from steps.s04_threads import session
from steps.s04_threads.locks import Locks


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    # The locks are held over both: if they were released in between, another thread could set one
    # of the keys, and both would return True. And all checks come before the first write: a loop
    # of `set_if(..., nx=True)` has written half of the keys when it meets one that exists.
    with locks.holding(*pairs):
        if any(store.find(key) is not None for key in pairs):
            return False
        for key, value in pairs.items():
            store.put(key, value)
        return True


class SharedSession(session.SharedSession):
    def execute(self, command: Any) -> Reply:
        # Around the whole command, not around its reading and its writing separately: each of
        # those is safe by itself, and the update is lost in between. The `return` inside the block
        # is right: the reply is made first, then the locks are released.
        with self.state.locks.holding(*self.keys(command)):
            return self.run(command)
