"""Writes into the dict itself, past the door that counts changes.

Caught by: test_set_goes_through_the_door
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set(self, key: bytes, value: bytes) -> bytes | None:
        old = self.get(key)
        self.data[key] = value
        return old
