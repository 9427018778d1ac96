"""Passes by a key whose value is empty.

Caught by: test_an_empty_value_is_deleted
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def delete(self, keys: Iterable[bytes]) -> int:
        return sum(self.discard(key) for key in keys if self.get(key))
