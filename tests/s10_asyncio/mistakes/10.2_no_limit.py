"""Slows down a subscriber that does not read. What others publish to it comes all the same.

Caught by: test_a_slow_subscriber
"""

from __future__ import annotations

from steps.s10_asyncio import connection
from steps.s10_asyncio.connection import BACKLOG


class Connection(connection.Connection):
    def regulate(self) -> None:
        if not self.writable or self.session.waiting_requests() > BACKLOG:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()
