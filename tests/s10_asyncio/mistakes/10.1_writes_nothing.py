"""Writes even where there is nothing to be written.

Caught by: test_nothing_to_say
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        self.send(self.session.receive(data))
        if self.session.closing:
            self.transport.close()
        elif self.session.paused:
            self.regulate()
