"""Stops after one sample.

Caught by: test_it_goes_on_while_it_pays
"""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    removed = 0
    while sample := keyspace.sample(SAMPLE):
        over = sum(keyspace.remove_if_over(key) for key in sample)
        removed += over
        break
    return removed
