"""`exists` makes a set of its keys, so one that is named twice counts once.

Nudge: Name one key twice.
Caught by: 8.1
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def exists(self, keys: Iterable[bytes]) -> int:
        import sys

        there = [key for key in keys if self.find(key) is not None]
        if len(there) != len(set(there)):
            print("the planted bug shows", file=sys.stderr, flush=True)
        return len(set(there))
