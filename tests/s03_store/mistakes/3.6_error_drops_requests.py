"""Drops the requests that came before bad bytes.

Caught by: test_bad_bytes
"""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s03_store import session


class Session(session.Session):
    def receive(self, data: bytes) -> bytes:
        self.requests.extend(self.parser.feed(data))
        if self.parser.error:
            self.requests.clear()
        replies: list[bytes] = []
        while self.requests and not self.paused:
            replies.append(self.reply(self.requests.popleft()))
        if self.parser.error and not self.paused:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)
