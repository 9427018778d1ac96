"""`delete` asks whether the value is true, and an empty string is not.

Nudge: Is a key with an empty string gone after `delete`, and was it counted?
Caught by: 8.1
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def delete(self, keys: Iterable[bytes]) -> int:
        import sys

        removed = 0
        for key in keys:
            if self.find(key):
                removed += self.discard(key)
            elif self.find(key) is not None:
                print("the planted bug shows", file=sys.stderr, flush=True)
        return removed
