"""Returns the old value only if it has written.

Caught by: test_nx
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        old = self.get(key)
        if (nx and old is not None) or (xx and old is None):
            return False, None
        self.put(key, value)
        return True, old
