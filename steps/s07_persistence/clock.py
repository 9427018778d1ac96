"""The time, as something that is passed in: a test moves it by hand, the server lets it run.

All deadlines are milliseconds since 1970, as in Redis' files. `steady` uses a clock that cannot
jump: it reads the wall clock once, at the start, and counts on with the monotonic one. With
`time.time()` instead, setting the machine's clock back by an hour would keep every key alive for
an hour longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeAlias

Clock: TypeAlias = Callable[[], int]
"""Tells the time in milliseconds since 1970."""

SECOND: Final = 1000
"""In milliseconds."""

_OFFSET: Final = time.time_ns() - time.monotonic_ns()


def steady() -> int:
    """Milliseconds since 1970, and never a step back."""
    return (time.monotonic_ns() + _OFFSET) // 1_000_000


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> None:
        """Lets time pass."""
        self.now += milliseconds
