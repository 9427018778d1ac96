"""Believes that nothing has changed as long as nobody has noticed.

Caught by: test_a_watched_key_has_expired
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
        queue, refused, overtaken = self.queue, self.refused, self.watch.overtaken
        self.discard()
        if refused:
            raise CommandError(ABORTED)
        if overtaken:
            return NULL_ARRAY
        return [answer(request) for request in queue]
