"""Asks first whether the way out is blocked, and then it always is.

Caught by: test_a_subscriber_beyond_the_limit
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        if not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        elif self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.abort()
        else:
            self.transport.resume_reading()
