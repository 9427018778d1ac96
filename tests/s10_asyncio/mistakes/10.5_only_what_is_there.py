"""Watches no key that is not there yet.

Caught by: test_any_change_counts
"""

from __future__ import annotations

from steps.s10_asyncio import transaction
from steps.s10_asyncio.interest import Interest


class Watch(transaction.Watch):
    def add(self, interest: Interest, key: bytes) -> None:
        if interest.store.find(key) is not None:
            interest.add(key, self.changed)
            self.keys[interest, key] = None
