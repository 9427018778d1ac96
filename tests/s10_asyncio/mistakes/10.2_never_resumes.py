"""Stops reading, and never begins again.

Caught by: test_a_client_that_reads_late
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        if self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.abort()
        elif not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
