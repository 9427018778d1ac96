"""The parser forgets the half request after the last whole one.

Nudge: Let the server read half a request, and send the rest only when it surely has.
Caught by: 8.2, 8.3
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, ProtocolError, Request


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        import sys

        requests: list[Request] = []
        self.buffer[:] = data
        try:
            while (request := self.next_request()) is not NEED_MORE:
                if request:
                    requests.append(request)
        except ProtocolError as error:
            self.error = error
        if self.missing or self.position < len(self.buffer):
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.words, self.missing, self.length, self.position = [], 0, None, 0
        return requests
