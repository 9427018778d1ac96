"""Answers to steps/s10_asyncio/flow.py."""

from __future__ import annotations

from steps.s10_asyncio import flow
from steps.s10_asyncio.flow import BACKLOG, SOFT_LIMIT, SOFT_SECONDS


class Flow(flow.Flow):
    def regulate(self) -> None:
        # Without a limit for the output, the slowest subscriber decides how much memory the server
        # takes, since it cannot make others publish less. A limit for all clients would cut off one
        # that reads a single large value. The timer looks again, as nobody calls when less waits.
        unsent = self.transport.get_write_buffer_size() if self.session.listens() else 0

        def look_again() -> None:
            self.timer = None
            if self.session.listens() and self.transport.get_write_buffer_size() > SOFT_LIMIT:
                self.transport.abort()

        if unsent > self.output_limit:
            self.transport.abort()
            return
        if unsent <= SOFT_LIMIT:
            if self.timer:
                self.timer.cancel()
            self.timer = None
        elif self.timer is None:
            self.timer = self.later(SOFT_SECONDS, look_again)
        if not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
