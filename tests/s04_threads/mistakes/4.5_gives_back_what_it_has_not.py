"""Gives all stripes back, also those that it did not get.

Caught by: test_an_exception_while_taking_gives_back_the_rest
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
        try:
            for number in numbers:
                self.stripes[number].acquire()
            yield
        finally:
            for number in reversed(numbers):
                self.stripes[number].release()
