"""Listens with a function that nobody finds again.

Caught by: test_watching_ends
"""

from __future__ import annotations

from steps.s10_asyncio import transaction
from steps.s10_asyncio.interest import Interest


class Watch(transaction.Watch):
    def add(self, interest: Interest, key: bytes) -> None:
        interest.store.find(key)
        interest.add(key, lambda changed: self.changed(changed))
        self.keys[interest, key] = None
