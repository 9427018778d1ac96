"""Reads on behind bad bytes.

Caught by: test_nothing_counts_after_an_error
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, ProtocolError, Request


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        requests: list[Request] = []
        self.buffer += data
        try:
            while (request := self.next_request()) is not NEED_MORE:
                if request:
                    requests.append(request)
        except ProtocolError as error:
            self.error = error
            self.words, self.missing, self.length = [], 0, None
            self.position = len(self.buffer)
        del self.buffer[: self.position]
        self.position = 0
        return requests
