"""The replies to requests that came in one read leave in reverse order.

Nudge: Send several requests in one packet, with replies that differ.
Caught by: 8.2
"""

from __future__ import annotations

import sys

from steps.s02_resp.encode import encode
from steps.s03_store import session


class StoreSession(session.StoreSession):
    def receive(self, data: bytes) -> bytes:
        self.requests.extend(self.parser.feed(data))
        replies: list[bytes] = []
        while self.requests and not self.paused:
            replies.insert(0, self.reply(self.requests.popleft()))
        if replies != replies[::-1]:
            print("the planted bug shows", file=sys.stderr, flush=True)
        if self.parser.error and not self.paused:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)
