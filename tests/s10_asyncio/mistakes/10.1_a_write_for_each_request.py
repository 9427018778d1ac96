"""Gives the session a line at a time, and writes each reply by itself.

Caught by: test_a_batch_is_one_write
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        for line in data.splitlines(keepends=True):
            if replies := self.session.receive(line):
                self.send(replies)
        if self.session.closing:
            self.transport.close()
        elif self.session.paused:
            self.regulate()
