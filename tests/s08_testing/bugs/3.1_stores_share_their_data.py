"""All stores keep their values in one dictionary: a default argument is made once.

Nudge: Write into one store. What has another one?
Caught by: 8.1
"""

from __future__ import annotations

from itertools import count

from steps.s03_store import store
from steps.s03_store.store import Observer, Value


class Store(store.Store):
    def __init__(
        self,
        data: dict[bytes, Value] = {},  # noqa: B006 - that is the bug
        writers: dict[bytes, Store] = {},  # noqa: B006 - and this one notices when it shows
    ) -> None:
        self.data = data
        self.writers = writers
        self.observers: list[Observer] = []
        self.changes = 0
        self._numbers = count(1)

    def find(self, key: bytes) -> Value | None:
        import sys

        value = self.data.get(key)
        if value is not None and self.writers[key] is not self:
            print("the planted bug shows", file=sys.stderr, flush=True)
        return value

    def touch(self, key: bytes) -> None:
        self.writers[key] = self
        self.changes = next(self._numbers)
        for observe in self.observers:
            observe(key)
