"""Reads on, however much a paused session has before it.

Caught by: test_a_paused_session_is_regulated
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        if replies := self.session.receive(data):
            self.send(replies)
        if self.session.closing:
            self.transport.close()
