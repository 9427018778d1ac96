"""Reads an unfinished request from its first byte again, at each piece.

Caught by: test_nothing_is_read_twice
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
            start = 0
            while (request := self.next_request()) is not NEED_MORE:
                start = self.position
                if request:
                    requests.append(request)
            self.position, self.words, self.missing, self.length = start, [], 0, None
        except ProtocolError as error:
            self.error = error
        del self.buffer[: self.position]
        self.position = 0
        return requests
