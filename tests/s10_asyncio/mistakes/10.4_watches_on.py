"""Ends the transaction, and goes on watching.

Caught by: test_nothing_is_left
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
        queue, refused = self.queue, self.refused
        self.open, self.refused, self.queue = False, False, []
        if refused:
            raise CommandError(ABORTED)
        if self.watch.overtaken:
            return NULL_ARRAY
        return [answer(request) for request in queue]
