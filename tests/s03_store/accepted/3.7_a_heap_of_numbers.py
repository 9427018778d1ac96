"""Numbers each use; a heap has the smallest in front, and is made again when it is out of date."""

from __future__ import annotations

import heapq
from itertools import count

from steps.s03_store.store import Store


class LruStore(Store):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit
        self.clock = count()
        self.last_use = {}
        self.heap = []

    def use(self, key):
        self.last_use[key] = now = next(self.clock)
        heapq.heappush(self.heap, (now, key))
        if len(self.heap) > 2 * len(self.last_use) + 10:
            self.heap = [(at, key) for key, at in self.last_use.items()]
            heapq.heapify(self.heap)

    def oldest(self):
        while True:
            at, key = self.heap[0]
            if self.last_use.get(key) == at:
                return key
            heapq.heappop(self.heap)

    def room_for(self, key):
        if key not in self.data and len(self.data) == self.limit:
            self.discard(self.oldest())
        self.use(key)

    def find(self, key):
        if key in self.data:
            self.use(key)
        return super().find(key)

    def put(self, key, value):
        self.room_for(key)
        super().put(key, value)

    def replace(self, key, value):
        self.room_for(key)
        super().replace(key, value)

    def discard(self, key):
        there = super().discard(key)
        self.last_use.pop(key, None)
        return there
