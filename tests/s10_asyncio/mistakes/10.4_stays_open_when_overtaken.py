"""Forgets to discard where somebody was quicker.

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
        if self.watch.overtaken and not self.refused:
            return NULL_ARRAY
        queue, refused = self.queue, self.refused
        self.discard()
        if refused:
            raise CommandError(ABORTED)
        return [answer(request) for request in queue]
