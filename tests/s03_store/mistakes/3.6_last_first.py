"""Takes the requests out at the end: the last one is answered first.

Caught by: test_replies_in_order
"""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s03_store import session


class Session(session.Session):
    def receive(self, data: bytes) -> bytes:
        self.requests.extend(self.parser.feed(data))
        replies: list[bytes] = []
        while self.requests and not self.paused:
            replies.append(self.reply(self.requests.pop()))
        if self.parser.error and not self.paused:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)
