"""Everybody stands in one line, with an event of their own, and who leaves lets the next ones in."""

from __future__ import annotations

import threading
from collections import deque


class Holding:
    def __init__(self, lock, writes):
        self.lock = lock
        self.writes = writes
        self.called = threading.Event()

    def __enter__(self):
        with self.lock.mutex:
            self.lock.line.append(self)
            self.lock.call()
        self.called.wait()

    def __exit__(self, *exc):
        with self.lock.mutex:
            self.lock.inside.remove(self)
            self.lock.call()


class SharedLock:
    def __init__(self):
        self.mutex = threading.Lock()
        self.line = deque()
        self.inside = []

    def call(self):
        while self.line:
            first = self.line[0]
            if any(one.writes or first.writes for one in self.inside):
                return
            self.inside.append(self.line.popleft())
            first.called.set()

    def reading(self):
        return Holding(self, False)

    def writing(self):
        return Holding(self, True)
