"""Takes one request out of each piece and leaves the others waiting.

Caught by: test_many_requests_in_one_piece
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, ProtocolError, Request


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        requests: list[Request] = []
        if self.error:
            return requests
        self.buffer += data
        try:
            request = self.next_request()
            if request is not NEED_MORE and request:
                requests.append(request)
        except ProtocolError as error:
            self.error = error
        del self.buffer[: self.position]
        self.position = 0
        return requests
