"""Returns early when there is nothing to send.

Caught by: test_closing_without_a_word
"""

from __future__ import annotations

from steps.s10_asyncio import connection


class Connection(connection.Connection):
    def received(self, data: bytes) -> None:
        replies = self.session.receive(data)
        if not replies:
            return
        self.send(replies)
        if self.session.closing:
            self.transport.close()
        elif self.session.paused:
            self.regulate()
