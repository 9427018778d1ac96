"""Takes EXEC without MULTI for an empty transaction.

Caught by: test_exec_without_multi
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import NULL_ARRAY, CommandError, Reply, Request
from steps.s10_asyncio import transaction
from steps.s10_asyncio.transaction import ABORTED


class Transaction(transaction.Transaction):
    def execute(self, answer: Callable[[Request], Reply]) -> Reply:
        self.watch.look()
        queue, refused, overtaken = self.queue, self.refused, self.watch.overtaken
        self.discard()
        if refused:
            raise CommandError(ABORTED)
        if overtaken:
            return NULL_ARRAY
        return [answer(request) for request in queue]
