"""A lock for many readers or one writer, built from a condition."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Many threads may read at once, or one may write."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.readers = 0
        self.writers = 0
        """Those inside: none, or one."""
        self.queued = 0
        """Writers that wait. As long as there is one, no reader goes in."""

    # The condition is held for the bookkeeping only, never while a block runs: otherwise readers
    # would wait for each other after all.

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self.changed:
            self.changed.wait_for(lambda: not self.writers and not self.queued)
            self.readers += 1
        try:
            yield
        finally:
            with self.changed:
                self.readers -= 1
                self.changed.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.changed:
            self.queued += 1
            self.changed.wait_for(lambda: not self.writers and not self.readers)
            self.queued -= 1
            self.writers += 1
        try:
            yield
        finally:
            with self.changed:
                self.writers -= 1
                # All of them, since `notify` might wake a writer that finds another one inside,
                # or one reader of many. `wait_for` asks its question again after each call.
                self.changed.notify_all()
