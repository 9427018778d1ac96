"""Takes the stripes in the order in which the keys are named.

Caught by: test_crosswise
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from steps.s04_threads import locks


class Locks(locks.Locks):
    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        numbers = [self.stripe_of(key) for key in keys] or range(len(self.stripes))
        with ExitStack() as held:
            for number in numbers:
                held.enter_context(self.stripes[number])
            yield
