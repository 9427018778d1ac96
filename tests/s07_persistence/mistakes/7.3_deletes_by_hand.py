"""Removes keys with discard: no end is counted or told.

Caught by: test_each_end_is_told
"""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import ENOUGH, SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    end = now() + budget
    removed = 0
    while sample := keyspace.sample(SAMPLE):
        over = sum(
            keyspace.expires[key] < keyspace.clock() and keyspace.discard(key) for key in sample
        )
        removed += over
        if over * ENOUGH <= len(sample) or now() >= end:
            break
    return removed
