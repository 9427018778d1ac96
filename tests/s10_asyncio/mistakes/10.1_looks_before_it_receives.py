"""Looks at the session before it gives it the bytes.

Caught by: test_the_last_reply_goes_out
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        closing, paused = self.session.closing, self.session.paused
        if replies := self.session.receive(data):
            self.send(replies)
        if closing:
            self.transport.close()
        elif paused:
            self.regulate()
