"""`xx` is ignored: a key that is not there is made.

Nudge: What does `set_if` do with `xx=True` where there is no key?
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
        if nx and old is not None:
            return False, old
        if xx and old is None:
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.put(key, value)
        return True, old
