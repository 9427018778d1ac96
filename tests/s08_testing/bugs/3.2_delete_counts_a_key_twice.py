"""`delete` counts first and removes then, so a key that is named twice counts twice.

Nudge: Let `delete` name one key twice.
Caught by: 8.1
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def delete(self, keys: Iterable[bytes]) -> int:
        import sys

        there = [key for key in keys if self.find(key) is not None]
        if len(there) != sum(map(self.discard, there)):
            print("the planted bug shows", file=sys.stderr, flush=True)
        return len(there)
