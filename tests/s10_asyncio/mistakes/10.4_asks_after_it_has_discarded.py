"""Discards first; then there is nothing left to ask.

Caught by: test_a_watched_key_has_changed
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import NULL_ARRAY, CommandError, Reply, Request
from steps.s10_asyncio import transaction
from steps.s10_asyncio.transaction import ABORTED


class Transaction(transaction.Transaction):
    def execute(self, answer: Callable[[Request], Reply]) -> Reply:
        if not self.open:
            raise CommandError("ERR EXEC without MULTI")
        self.watch.look()
        queue = self.queue
        self.discard()
        if self.refused:
            raise CommandError(ABORTED)
        if self.watch.overtaken:
            return NULL_ARRAY
        return [answer(request) for request in queue]
