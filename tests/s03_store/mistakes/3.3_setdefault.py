"""Uses setdefault for nx, past the door.

Caught by: test_a_refusal_changes_nothing
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        old = self.get(key)
        if xx and old is None:
            return False, old
        if nx:
            self.data.setdefault(key, value)
            return old is None, old
        self.put(key, value)
        return True, old
