"""What Python itself reports just before it is done: files opened and renamed, sockets made.

These are Python's audit events (https://docs.python.org/3/library/audit_events.html). They come
however the code under test calls the function, and a watcher that raises stops what would be done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Watcher = Callable[[str, tuple[Any, ...]], None]

_watchers: list[Watcher] = []


def _hear(event: str, details: tuple[Any, ...]) -> None:
    for watcher in _watchers:
        watcher(event, details)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Calls `watcher(event, details)` for each event of this process while the block runs."""
    if not getattr(_hear, "added", False):
        sys.addaudithook(_hear)
        _hear.added = True  # type: ignore[attr-defined]  # nothing removes a hook again
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
