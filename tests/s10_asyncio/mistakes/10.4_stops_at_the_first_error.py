"""Runs nothing behind a command that fails.

Caught by: test_an_error_stops_nothing
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
        if refused:
            raise CommandError(ABORTED)
        if overtaken:
            return NULL_ARRAY
        replies: list[Reply] = []
        for request in queue:
            replies.append(answer(request))
            if isinstance(replies[-1], CommandError):
                break
        return replies
