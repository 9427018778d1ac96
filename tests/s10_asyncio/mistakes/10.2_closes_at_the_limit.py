"""Closes where it should abort: the transport waits for a client that does not read.

Caught by: test_a_subscriber_beyond_the_limit
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        if self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.close()
        elif not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
