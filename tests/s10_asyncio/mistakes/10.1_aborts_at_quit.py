"""Aborts where it should close: what is written and not yet sent is thrown away.

Caught by: test_quit_waits_for_the_replies
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        if replies := self.session.receive(data):
            self.send(replies)
        if self.session.closing:
            self.transport.abort()
        elif self.session.paused:
            self.regulate()
