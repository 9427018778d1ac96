"""A ring of links, each of which knows its neighbours, and removes when the key is there."""

from __future__ import annotations

from steps.s03_store import store


class Link:
    __slots__ = ("after", "before", "key")

    def __init__(self, key=b""):
        self.key = key
        self.before = self.after = self

    def leave(self):
        self.before.after, self.after.before = self.after, self.before

    def enter(self, ring):
        self.before, self.after = ring.before, ring
        self.before.after = ring.before = self


class LruStore(store.Store):
    def __init__(self, limit):
        super().__init__()
        self.most = limit
        self.ring = Link()
        self.links = {}

    def find(self, key):
        value = super().find(key)
        if key in self.links:
            self._move_to_end(key)
        return value

    def _move_to_end(self, key):
        link = self.links[key]
        link.leave()
        link.enter(self.ring)

    def touch(self, key):
        super().touch(key)
        if key not in self.data:
            if link := self.links.pop(key, None):
                link.leave()
            return
        if key not in self.links:
            self.links[key] = Link(key)
        self._move_to_end(key)
        while len(self.data) > self.most:
            self.discard(self.ring.after.key)
