"""Takes xx for: not there.

Caught by: test_xx
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        old = self.get(key)
        if (nx or xx) and old is not None:
            return False, old
        self.put(key, value)
        return True, old
