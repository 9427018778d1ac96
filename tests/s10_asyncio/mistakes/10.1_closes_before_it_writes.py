"""Closes the transport first: what is written after that goes nowhere.

Caught by: test_the_last_reply_goes_out
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        replies = self.session.receive(data)
        if self.session.closing:
            self.transport.close()
        elif self.session.paused:
            self.regulate()
        if replies:
            self.send(replies)
