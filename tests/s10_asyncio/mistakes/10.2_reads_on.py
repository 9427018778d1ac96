"""Reads on while the way out is blocked.

Caught by: test_a_client_that_does_not_read
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        if self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.abort()
        elif self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
