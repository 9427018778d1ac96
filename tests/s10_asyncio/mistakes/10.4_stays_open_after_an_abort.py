"""Forgets to discard where it refuses to run.

Caught by: test_after_an_abort
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
        if self.refused:
            raise CommandError(ABORTED)
        queue, overtaken = self.queue, self.watch.overtaken
        self.discard()
        if overtaken:
            return NULL_ARRAY
        return [answer(request) for request in queue]
