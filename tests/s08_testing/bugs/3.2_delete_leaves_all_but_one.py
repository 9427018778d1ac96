"""`delete` counts all of its keys, and removes only the first of them.

Nudge: Are all keys gone after `delete`, if it was given several?
Caught by: 8.1
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def delete(self, keys: Iterable[bytes]) -> int:
        import sys

        there = [key for key in dict.fromkeys(keys) if self.find(key) is not None]
        for key in there[:1]:
            self.discard(key)
        if there[1:]:
            print("the planted bug shows", file=sys.stderr, flush=True)
        return len(there)
