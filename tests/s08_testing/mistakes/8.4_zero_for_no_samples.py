"""Says 0 where there are no samples.

Caught by: test_no_samples
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(samples: Sequence[float], p: float) -> float:
    if not samples:
        return 0
    return sorted(samples)[max(ceil(len(samples) * p / 100), 1) - 1]
