"""`set` returns the value that it has written, not the one before it.

Nudge: What does `set` return the second time, with another value?
Caught by: 8.1
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set(self, key: bytes, value: bytes) -> bytes | None:
        import sys

        if self.get(key) != value:
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.put(key, value)
        return value
