"""Goes on with the batch, whoever has closed or paused the session.

Caught by: test_nothing_after_quit
"""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s03_store import session


class Session(session.Session):
    def receive(self, data: bytes) -> bytes:
        self.requests.extend(self.parser.feed(data))
        replies: list[bytes] = []
        while self.requests:
            replies.append(self.reply(self.requests.popleft()))
        if self.parser.error and not self.paused:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)
