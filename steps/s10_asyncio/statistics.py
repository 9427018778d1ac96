"""What the server counts while it runs, for INFO."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields
from typing import Final

PERIOD: Final = 0.1
"""Seconds between two samples. Redis: 100 ms."""

SAMPLES: Final = 16
"""The rate is an average over so many samples. Redis: STATS_METRIC_SAMPLES."""


@dataclass
class Statistics:
    """What INFO tells of the past."""

    connections: int = 0
    rejected: int = 0
    commands: int = 0
    """Of the clients that have left; the others count their own (`commands_processed`)."""
    input_bytes: int = 0
    output_bytes: int = 0
    samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def sample(self, now: float, commands: int) -> None:
        """Notes how many commands there have been by now; to be called every PERIOD."""
        self.samples.append((now, commands))

    def rate(self) -> int:
        """Commands per second, over the latest samples."""
        if len(self.samples) < 2:
            return 0
        (before, fewer), (now, more) = self.samples[0], self.samples[-1]
        return round((more - fewer) / (now - before)) if now > before else 0

    def reset(self) -> None:
        """Begins at 0 again."""
        fresh = Statistics()
        for one in fields(self):
            setattr(self, one.name, getattr(fresh, one.name))
