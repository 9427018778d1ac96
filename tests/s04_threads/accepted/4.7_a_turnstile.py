"""Two locks and a counter: a writer that waits keeps the turnstile, through which all have to go."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock, Semaphore


class SharedLock:
    def __init__(self):
        self.turnstile = Lock()
        self.room = Semaphore(1)
        self.counting = Lock()
        self.readers = 0

    @contextmanager
    def reading(self):
        with self.turnstile:
            pass
        with self.counting:
            self.readers += 1
            if self.readers == 1:
                self.room.acquire()
        try:
            yield
        finally:
            with self.counting:
                self.readers -= 1
                if self.readers == 0:
                    self.room.release()

    @contextmanager
    def writing(self):
        with self.turnstile, self.room:
            yield
