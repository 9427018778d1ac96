"""How long a test waits for what may never happen: `patience()` seconds.

A right answer on a busy machine takes its time. A wrong one lets each test of its exercise wait in
vain, and there may be ten. So once a test of an exercise has failed and has taken that long, the others
of that exercise are impatient: what they wait for will hardly come, and they fail as before, only
sooner. The first one never is, and neither are those of another exercise.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

WAIT_VARIABLE: Final = "WORKBOOK_WAIT"
"""An environment variable with another number than 5."""


def longest() -> float:
    """Seconds that a client waits for a reply, a stopped server for its end, a test for a task."""
    return float(os.environ.get(WAIT_VARIABLE) or 5)


HASTE: Final = 5
"""How many times shorter a test waits that is impatient."""


class Patience:
    """What the tests of this process wait for at most."""

    def __init__(self) -> None:
        self.seconds = longest()
        self.spent: set[str] = set()
        """The exercises whose tests are impatient."""

    def __call__(self) -> float:
        return self.seconds

    def begin(self, exercise: str | None) -> None:
        """A test of this exercise begins."""
        # asked each time: a fork may have another environment than at its start
        self.seconds = longest() / (HASTE if exercise in self.spent else 1)

    def spend(self, exercise: str | None, seconds: float) -> None:
        """A test of this exercise has failed, after that many seconds."""
        if exercise and seconds >= longest():
            self.spent.add(exercise)


patience = Patience()

LONGEST_PAUSE: Final = 0.05
"""Seconds between two attempts, when many were in vain."""


def attempts(seconds: float) -> Iterator[None]:
    """Attempts for that many seconds, less and less often.

    What never comes must not keep the processor busy, for its server and other tests need it.
    """
    pause, end = 0.001, time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
