"""How long each command takes, counted in buckets: each is twice as wide as the one before.

The limits of the buckets are those that Redis shows, which its histograms round up by less than one
in a hundred.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from typing import Any, Final

LIMITS: Final = [2**power + 2 ** (power - 7) - 1 for power in range(10, 31)]
"""The greatest number of nanoseconds in each bucket; the last holds what takes longer, too."""


class Histograms:
    """A histogram for each command."""

    def __init__(self) -> None:
        self.buckets: dict[type[Any], Counter[int]] = {}

    def count(self, command: type[Any], seconds: float) -> None:
        """A command took that long."""
        place = bisect_left(LIMITS, int(seconds * 1e9))
        self.buckets.setdefault(command, Counter())[min(place, len(LIMITS) - 1)] += 1

    def calls(self, command: type[Any]) -> int:
        """How many calls of a command have been counted."""
        return self.buckets[command].total()

    def cumulative(self, command: type[Any]) -> dict[int, int]:
        """For each bucket that is not empty: its limit in nanoseconds, and how many calls kept to it."""
        filled = sorted(self.buckets[command].items())
        totals = accumulate(count for _, count in filled)
        return {LIMITS[place]: total for (place, _), total in zip(filled, totals, strict=True)}

    def percentile(self, command: type[Any], percent: float) -> int:
        """The nanoseconds within which that part of the calls was done: the limit of a bucket."""
        wanted = self.calls(command) * percent / 100
        limits = self.cumulative(command).items()
        return next(limit for limit, total in limits if total >= wanted)
