"""Sends the error during a pause, before the replies that are still to come.

Caught by: test_an_error_waits_for_its_turn
"""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s03_store import session


class Session(session.Session):
    def receive(self, data: bytes) -> bytes:
        self.requests.extend(self.parser.feed(data))
        replies: list[bytes] = []
        while self.requests and not self.paused:
            replies.append(self.reply(self.requests.popleft()))
        if self.parser.error and not self.closing:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)
