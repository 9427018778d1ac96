"""Keeps the requests in a local list: those behind a pause are lost.

Caught by: test_a_pause_loses_nothing
"""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s03_store import session


class Session(session.Session):
    def receive(self, data: bytes) -> bytes:
        replies: list[bytes] = []
        for request in self.parser.feed(data):
            if self.paused:
                break
            replies.append(self.reply(request))
        if self.parser.error and not self.paused:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)
