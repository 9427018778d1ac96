"""The parser returns one request for each piece, however many it holds.

Nudge: Feed several requests in one piece, and nothing after it.
Caught by: 8.3
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, ProtocolError, Request


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        import sys

        self.buffer += data
        try:
            request = self.next_request()
        except ProtocolError as error:
            self.error = error
            return []
        del self.buffer[: self.position]
        self.position = 0
        if request is not NEED_MORE and self.buffer:
            print("the planted bug shows", file=sys.stderr, flush=True)
        return [request] if request is not NEED_MORE and request else []
