"""Sorts the keys instead of their stripes.

Caught by: test_the_order_of_the_keys_is_another
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from steps.s04_threads import locks


class Locks(locks.Locks):
    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        numbers = [self.stripe_of(key) for key in sorted(keys)] or range(len(self.stripes))
        with ExitStack() as held:
            for number in numbers:
                held.enter_context(self.stripes[number])
            yield
