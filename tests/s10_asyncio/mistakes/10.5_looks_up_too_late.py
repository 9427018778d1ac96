"""Looks the key up when it listens already.

Caught by: test_a_key_that_had_expired_before
"""

from __future__ import annotations

from steps.s10_asyncio import transaction
from steps.s10_asyncio.interest import Interest


class Watch(transaction.Watch):
    def add(self, interest: Interest, key: bytes) -> None:
        interest.add(key, self.changed)
        interest.store.find(key)
        self.keys[interest, key] = None
