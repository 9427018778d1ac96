"""Compares the value with the one at WATCH: a change that was undone is none.

Caught by: test_changed_and_changed_back
"""

from __future__ import annotations

from steps.s10_asyncio import transaction
from steps.s10_asyncio.interest import Interest


class Watch(transaction.Watch):
    def add(self, interest: Interest, key: bytes) -> None:
        before = interest.store.find(key)

        def compare(changed: bytes) -> None:
            self.overtaken = interest.store.find(changed) != before

        interest.add(key, compare)
        self.keys[interest, key] = None
