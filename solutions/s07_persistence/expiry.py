"""Answers to steps/s07_persistence/expiry.py."""

from __future__ import annotations

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.expiry import ENOUGH, SAMPLE
from steps.s07_persistence.keyspace import Keyspace


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    # The sample decides whether to go on, not the number of keys, so the work depends on what
    # there is to gain. Without the budget, a million keys that expire in the same second would
    # stop the server.
    end = now() + budget
    removed = 0
    while sample := keyspace.sample(SAMPLE):
        over = sum(keyspace.remove_if_over(key) for key in sample)
        removed += over
        if over * ENOUGH <= len(sample) or now() >= end:
            break
    return removed
