"""Answers to steps/s10_asyncio/transaction.py."""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import NULL_ARRAY, CommandError, Reply
from steps.s10_asyncio import transaction
from steps.s10_asyncio.transaction import ABORTED, Queued


class Transaction(transaction.Transaction):
    def execute(self, answer: Callable[[Queued], Reply]) -> Reply:
        # All three questions come first, then the clean-up, then the commands, as `discard`
        # forgets the answers. A CommandError of one command is no reason to stop: Redis has no
        # rollback, and a client that expects as many replies as it queued commands would lose
        # count.
        if not self.open:
            raise CommandError("ERR EXEC without MULTI")
        self.watch.look()
        queue, refused, overtaken = self.queue, self.refused, self.watch.overtaken
        self.discard()
        if refused:
            raise CommandError(ABORTED)
        if overtaken:
            return NULL_ARRAY
        return [answer(queued) for queued in queue]
