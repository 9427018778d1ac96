"""Forgets with each WATCH what was watched before.

Caught by: test_watching_adds_up
"""

from __future__ import annotations

from steps.s10_asyncio import transaction
from steps.s10_asyncio.interest import Interest


class Watch(transaction.Watch):
    def add(self, interest: Interest, key: bytes) -> None:
        self.clear()
        interest.store.find(key)
        interest.add(key, self.changed)
        self.keys[interest, key] = None
