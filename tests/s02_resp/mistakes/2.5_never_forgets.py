"""Never drops a byte: the buffer holds all that was ever sent.

Caught by: test_used_up_bytes_are_dropped
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
            while (request := self.next_request()) is not NEED_MORE:
                if request:
                    requests.append(request)
        except ProtocolError as error:
            self.error = error
        return requests
