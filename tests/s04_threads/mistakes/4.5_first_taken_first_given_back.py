"""Gives the stripes back in the order in which it took them.

Caught by: test_ascending_and_back
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
        finally:
            for number in taken:
                self.stripes[number].release()
