"""Writes first, and puts the old value back if it was not to.

Caught by: test_a_refusal_changes_nothing
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        old = self.get(key)
        self.put(key, value)
        if nx and old is not None:
            self.put(key, old)
            return False, old
        if xx and old is None:
            self.discard(key)
            return False, old
        return True, old
