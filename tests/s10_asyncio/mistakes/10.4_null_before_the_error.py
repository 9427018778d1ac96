"""Says that somebody was quicker, where trying again does not help.

Caught by: test_the_error_goes_before_null
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
        queue, refused, overtaken = self.queue, self.refused, self.watch.overtaken
        self.discard()
        if overtaken:
            return NULL_ARRAY
        if refused:
            raise CommandError(ABORTED)
        return [answer(request) for request in queue]
