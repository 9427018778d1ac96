"""The listeners to changes of a key: WATCH does, and clients that wait in BLPOP.

A keyspace calls its observers on each change of any key. While nothing is interested in one of its
keys, this one is not among them, and a write costs no more than in step 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from steps.s03_store.store import Store

Listener: TypeAlias = Callable[[bytes], None]


class Interest:
    """The listeners to the keys of one keyspace."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.listeners: dict[bytes, dict[Listener, None]] = {}

    def add(self, key: bytes, listener: Listener) -> None:
        """Calls `listener(key)` after each change of `key`, until `remove`."""
        if not self.listeners:
            self.store.observers.append(self.notify)
        self.listeners.setdefault(key, {})[listener] = None

    def remove(self, key: bytes, listener: Listener) -> None:
        """Makes no more calls of `listener` for `key`. It does no harm if it is not there."""
        there = self.listeners.get(key)
        if there is None:
            return
        there.pop(listener, None)
        if not there:
            del self.listeners[key]
        if not self.listeners:
            self.store.observers.remove(self.notify)

    def notify(self, key: bytes) -> None:
        """The keyspace says that `key` has changed."""
        for listener in list(self.listeners.get(key, ())):
            listener(key)
