"""What users notice of a server: not the mean, but how slow the slowest replies are.

The mean of 99 replies in 1 ms and one in a second is 11 ms, a time that nobody waited. The median
says 1 ms, the 99th percentile 1 ms, the maximum 1000 ms: three numbers that each mean something.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import Final

WIDTH: Final = 40
"""Characters of the longest bar in a histogram."""

PER_DECADE: Final = 5
"""Bars of a histogram between 1 and 10 (and between 10 and 100, and so on)."""


def percentile(samples: Sequence[float], p: float) -> float:
    """The smallest of `samples` that at least `p` percent of them do not exceed (nearest rank).

    With the n samples in ascending order that is the one with the number n·p/100, rounded up to a
    whole number, counting from 1. For `p` = 0 it is the first one, for 100 the last. It is always
    one of the samples, and nothing in between.

    `samples` come in any order and are left as they are. No samples, or a `p` below 0 or above 100:
    ValueError.

    Multiply before you divide: 100 * 55 / 100 is 55.0, but 0.55 * 100 is 55.00000000000001, which
    is rounded up to 56.

    >>> percentile([30, 10, 20, 40], 50), percentile([30, 10, 20, 40], 51)
    (20, 30)
    """
    raise NotImplementedError("exercise 8.4")


def summary(samples: Sequence[float], unit: float = 1.0) -> str:
    """One line: `p50 0.812  p95 1.204  p99 2.310  max 8.112`, the samples divided by `unit`."""
    wanted = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    return "  ".join(f"{name} {percentile(samples, p) / unit:.3f}" for name, p in wanted.items())


def histogram(samples: Sequence[float], unit: float = 1.0) -> list[str]:
    """A line of text for each range of values, with a bar that shows how many are in it.

    The ranges grow by the same factor, as latencies do: most are close together, a few far off.
    """
    counts: dict[int, int] = {}
    for sample in samples:
        bucket = _bucket(sample / unit)
        counts[bucket] = counts.get(bucket, 0) + 1
    if not counts:
        return []
    most = max(counts.values())
    return [
        f"{10 ** (bucket / PER_DECADE):>10.3f}  {counts.get(bucket, 0):>8}  "
        + "#" * ceil(WIDTH * counts.get(bucket, 0) / most)
        for bucket in range(min(counts), max(counts) + 1)
    ]


def _bucket(value: float) -> int:
    """The number of the range that `value` belongs to: its upper end is 10 ** (number / 5)."""
    return ceil(PER_DECADE * log10(max(value, 0.001)))
