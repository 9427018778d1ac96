"""Listens, and does not note to what: nobody can end it.

Caught by: test_watching_ends_with_exec
"""

from __future__ import annotations

from steps.s10_asyncio import transaction
from steps.s10_asyncio.interest import Interest


class Watch(transaction.Watch):
    def add(self, interest: Interest, key: bytes) -> None:
        interest.store.find(key)
        interest.add(key, self.changed)
