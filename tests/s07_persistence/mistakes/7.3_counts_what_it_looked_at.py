"""Returns how many keys it looked at.

Caught by: test_what_is_over_goes
"""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import ENOUGH, SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    end = now() + budget
    removed = 0
    while sample := keyspace.sample(SAMPLE):
        over = sum(keyspace.remove_if_over(key) for key in sample)
        removed += len(sample)
        if over * ENOUGH <= len(sample) or now() >= end:
            break
    return removed
