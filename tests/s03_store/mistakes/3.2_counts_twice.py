"""Counts first and deletes then: a key named twice counts twice.

Caught by: test_a_key_named_twice
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def delete(self, keys: Iterable[bytes]) -> int:
        keys = list(keys)
        count = self.exists(keys)
        for key in keys:
            self.discard(key)
        return count
