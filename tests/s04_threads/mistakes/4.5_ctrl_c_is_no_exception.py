"""Gives back after an Exception only, and Ctrl-C is none.

Caught by: test_an_exception_inside_gives_all_back
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steps.s04_threads import locks


class Locks(locks.Locks):
    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        some = {self.stripe_of(key) for key in keys}
        numbers = sorted(some or range(len(self.stripes)))
        taken = []
        try:
            for number in numbers:
                self.stripes[number].acquire()
                taken.append(number)
            yield
        except Exception:
            for number in reversed(taken):
                self.stripes[number].release()
            raise
        for number in reversed(taken):
            self.stripes[number].release()
