"""`xx=True` writes, and says that there was no value before.

Nudge: Which old value does `set_if` tell with `xx=True` where there is one?
Caught by: 8.1
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        import sys

        old = self.get(key)
        if (nx and old is not None) or (xx and old is None):
            return False, old
        self.put(key, value)
        if xx:
            print("the planted bug shows", file=sys.stderr, flush=True)
            return True, None
        return True, old
