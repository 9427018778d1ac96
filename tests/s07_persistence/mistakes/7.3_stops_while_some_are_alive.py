"""Stops as soon as one key of a sample is not over.

Caught by: test_a_quarter_is_enough
"""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    end = now() + budget
    removed = 0
    while sample := keyspace.sample(SAMPLE):
        over = sum(keyspace.remove_if_over(key) for key in sample)
        removed += over
        if over < len(sample) or now() >= end:
            break
    return removed
