"""Looks at the clock first: without a budget nothing is ever removed.

Caught by: test_no_budget_is_one_sample
"""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import ENOUGH, SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    end = now() + budget
    removed = 0
    while now() < end and (sample := keyspace.sample(SAMPLE)):
        over = sum(keyspace.remove_if_over(key) for key in sample)
        removed += over
        if over * ENOUGH <= len(sample) or now() >= end:
            break
    return removed
