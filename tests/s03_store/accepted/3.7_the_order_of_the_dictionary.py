"""The dictionary of the store itself is kept in the order of use."""

from __future__ import annotations

from steps.s03_store.store import Store


class LruStore(Store):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def find(self, key):
        if key not in self.data:
            return None
        self.data[key] = value = self.data.pop(key)
        return value

    def put(self, key, value):
        self._place(key)
        super().put(key, value)

    def replace(self, key, value):
        self._place(key)
        super().replace(key, value)

    def _place(self, key):
        """Whatever is written next stands last."""
        if self.data.pop(key, None) is None and len(self.data) == self.limit:
            self.discard(next(iter(self.data)))
