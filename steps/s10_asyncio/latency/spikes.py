"""The latency monitor: when something took long, by the kind of event.

A slow command is such an event, and so is a long round of expiry. Of each kind the worst of every
second is kept, for the latest SECONDS_KEPT seconds in which there was one.

Source: https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

SECONDS_KEPT: Final = 160
"""As in Redis: LATENCY_TS_LEN."""


class Spike(NamedTuple):
    """The worst that happened in one second."""

    time: int
    """In seconds since 1970."""
    milliseconds: int


class Series:
    """The spikes of one kind of event, the oldest first."""

    def __init__(self) -> None:
        self.spikes: deque[Spike] = deque(maxlen=SECONDS_KEPT)
        self.worst = 0
        """Of all times, in milliseconds."""

    def add(self, new: Spike) -> None:
        """Adds a spike, unless there was a worse one in the same second."""
        self.worst = max(self.worst, new.milliseconds)
        if self.spikes and self.spikes[-1].time == new.time:
            self.spikes[-1] = max(self.spikes[-1], new)
        else:
            self.spikes.append(new)


class Spikes:
    """The series of all kinds of events."""

    def __init__(self, threshold: int, now: Callable[[], float] = time.time) -> None:
        self.threshold = threshold
        """The milliseconds from which on something is a spike; 0: nothing is."""
        self.now = now
        self.series: dict[str, Series] = {}

    def note(self, event: str, seconds: float) -> None:
        """Something took that long."""
        milliseconds = int(seconds * 1000)
        if self.threshold and milliseconds >= self.threshold:
            self.series.setdefault(event, Series()).add(Spike(int(self.now()), milliseconds))

    def reset(self, events: list[str]) -> int:
        """Forgets some kinds of events, or all; returns how many there were."""
        gone = [name for name in events or list(self.series) if self.series.pop(name, None)]
        return len(gone)
