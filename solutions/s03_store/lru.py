"""A store that removes the key that has been unused for longest when there are too many."""

from __future__ import annotations

from collections import OrderedDict

from steps.s03_store.store import Store, Value


class LruStore(Store):
    """A store of at most `limit` keys."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.order: OrderedDict[bytes, None] = OrderedDict()
        """The keys; the one that was used last is the last one."""

    def find(self, key: bytes) -> Value | None:
        value = super().find(key)
        if value is not None:
            self.order.move_to_end(key)
        return value

    def put(self, key: bytes, value: Value) -> None:
        self.make_room(key)
        super().put(key, value)

    def replace(self, key: bytes, value: Value) -> None:
        self.make_room(key)
        super().replace(key, value)

    def make_room(self, key: bytes) -> None:
        """Removes the oldest key if `key` will be one too many."""
        # `in self.data`, since `find` would count as a use. `discard` and not `del`: so whoever
        # watches the store learns that the key is gone.
        if key not in self.data and len(self.data) >= self.limit:
            self.discard(next(iter(self.order)))

    def touch(self, key: bytes) -> None:
        # Every change comes by here, so nothing that is added later can forget to keep `order`.
        # A list in place of it would be walked through at each use; a time for each key, at each
        # removal.
        if key in self.data:
            self.order[key] = None
            self.order.move_to_end(key)
        else:
            self.order.pop(key, None)
        super().touch(key)
