"""One number says it all: how many read, or -1; readers and writers are woken apart."""

from __future__ import annotations

import threading
from contextlib import ExitStack


class SharedLock:
    def __init__(self):
        self._lock = threading.RLock()
        self._readers = threading.Condition(self._lock)
        self._writers = threading.Condition(self._lock)
        self._state = 0
        self._waiting = 0

    def reading(self):
        with self._lock:
            while self._state < 0 or self._waiting:
                self._readers.wait()
            self._state += 1
        return self._leaving(self._after_reading)

    def writing(self):
        with self._lock:
            self._waiting += 1
            while self._state != 0:
                self._writers.wait()
            self._waiting -= 1
            self._state = -1
        return self._leaving(self._after_writing)

    def _leaving(self, callback):
        stack = ExitStack()
        stack.callback(callback)
        return stack

    def _after_reading(self):
        with self._lock:
            self._state -= 1
            if self._state == 0:
                self._wake()

    def _after_writing(self):
        with self._lock:
            self._state = 0
            self._wake()

    def _wake(self):
        if self._waiting:
            self._writers.notify()
        else:
            self._readers.notify_all()
