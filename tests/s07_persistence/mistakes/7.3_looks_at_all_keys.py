"""Looks at all keys that have a deadline.

Caught by: test_it_stops_when_it_does_not_pay
"""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    end = now() + budget
    removed = 0
    for _ in range(0, len(keyspace.expires) + 1, SAMPLE):
        removed += sum(keyspace.remove_if_over(key) for key in keyspace.sample(SAMPLE))
        if now() >= end:
            break
    return removed
