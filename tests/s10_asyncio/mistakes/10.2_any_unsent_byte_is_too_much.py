"""Stops as soon as a byte waits to go out: a client that reads well waits too.

Caught by: test_all_is_well
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if self.session.listens() and unsent > self.output_limit:
            self.transport.abort()
        elif unsent or not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
