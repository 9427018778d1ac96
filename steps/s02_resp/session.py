"""A session: the conversation with one client, without any I/O.

Bytes that arrived go into `receive`, bytes to send come out. The owner of the socket moves them:
the blocking server of step 1, the threads of step 4, the event loop of step 10. So everything
above the socket can be tried out, and tested, without a port.
"""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s02_resp.parser import RequestParser


class EchoSession:
    """Answers each request with itself, as an array: `*1 $4 PING` comes back as it went."""

    def __init__(self) -> None:
        self.parser = RequestParser()
        self.closing = False

    def receive(self, data: bytes) -> bytes:
        """What to send for `data`. Once `closing` is True, send it and hang up."""
        replies = [encode(request) for request in self.parser.feed(data)]
        if self.parser.error:
            replies.append(encode(self.parser.error))
            self.closing = True
        return b"".join(replies)

    def portions(self, data: bytes) -> list[bytes]:
        """What `receive` returns, in one piece, as it is about as long as `data`."""
        return [self.receive(data)]
