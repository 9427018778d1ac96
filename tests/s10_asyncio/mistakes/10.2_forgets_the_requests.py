"""Looks at the way out only: the requests of a client that waits pile up.

Caught by: test_a_client_that_waits_and_asks_on
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def regulate(self) -> None:
        if self.session.listens() and self.transport.get_write_buffer_size() > self.output_limit:
            self.transport.abort()
        elif not self.writable:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
