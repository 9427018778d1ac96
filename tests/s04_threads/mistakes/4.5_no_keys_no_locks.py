"""Holds nothing for a command over the whole keyspace.

Caught by: test_no_keys_are_all_stripes
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from steps.s04_threads import locks


class Locks(locks.Locks):
    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        numbers = sorted({self.stripe_of(key) for key in keys})
        with ExitStack() as held:
            for number in numbers:
                held.enter_context(self.stripes[number])
            yield
