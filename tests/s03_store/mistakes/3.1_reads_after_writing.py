"""Reads the old value after it has written the new one.

Caught by: test_the_old_value_is_returned
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set(self, key: bytes, value: bytes) -> bytes | None:
        self.put(key, value)
        return self.get(key)
