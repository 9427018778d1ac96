"""Active expiry: finding expired keys that nobody asks for.

Source: https://redis.io/docs/latest/commands/expire/ (How Redis expires keys)
"""

from __future__ import annotations

from typing import Final

from steps.s07_persistence.clock import Clock
from steps.s07_persistence.keyspace import Keyspace

SAMPLE: Final = 20
"""Keys in one sample. Redis: ACTIVE_EXPIRE_CYCLE_KEYS_PER_LOOP."""

ENOUGH: Final = 4
"""Go on while more than one in ENOUGH of a sample has expired."""

PERIOD: Final = 100
"""Milliseconds between two rounds. Redis: hz 10."""

BUDGET: Final = 25
"""Milliseconds that one round may take: a quarter of the time, as in Redis."""


def expire_some(keyspace: Keyspace, budget: int, now: Clock) -> int:
    """One round of active expiry; returns how many keys it removed.

    It looks at samples of SAMPLE keys that have a deadline (`keyspace.sample`), and removes those that
    have expired. As long as more than a quarter of a sample (`len / ENOUGH`) had expired, there are
    probably many more, and another sample is worth its time. The expired keys that are left after
    that cost little memory, whereas looking at all keys would hold up every client.

    The round also ends after `budget` milliseconds by the clock `now`, which is read before the
    first sample and once after each.

    >>> expire_some(keyspace, budget=25, now=steady)
    37
    """
    raise NotImplementedError("exercise 7.3")
