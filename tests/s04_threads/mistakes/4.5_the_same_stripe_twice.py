"""Takes a stripe once for each key in it.

Caught by: test_each_stripe_once
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from steps.s04_threads import locks


class Locks(locks.Locks):
    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        some = [self.stripe_of(key) for key in keys]
        numbers = sorted(some or range(len(self.stripes)))
        with ExitStack() as held:
            for number in numbers:
                held.enter_context(self.stripes[number])
            yield
