"""Asks for the truth of the old value: an empty string counts as nothing.

Caught by: test_an_empty_value_is_there
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        old = self.get(key)
        if (nx and old) or (xx and not old):
            return False, old
        self.put(key, value)
        return True, old
