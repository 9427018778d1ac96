"""With `nx`, an empty string counts as nothing, and is overwritten.

Nudge: What does `set_if` do with `nx=True` where the value is empty?
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
        if nx and old == b"":
            print("the planted bug shows", file=sys.stderr, flush=True)
        if (nx and old) or (xx and old is None):
            return False, old
        self.put(key, value)
        return True, old
