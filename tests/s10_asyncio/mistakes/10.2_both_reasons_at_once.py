"""Stops only where both reasons hold.

Caught by: test_each_reason_is_enough
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        if self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.abort()
        elif not self.writable and self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
