"""Runs the queue while the transaction is still open.

Caught by: test_it_is_over_before_it_runs
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
        try:
            self.watch.look()
            if self.refused:
                raise CommandError(ABORTED)
            if self.watch.overtaken:
                return NULL_ARRAY
            return [answer(request) for request in list(self.queue)]
        finally:
            self.discard()
