"""Begins anew with each piece, as if one recv were one command.

Caught by: test_half_a_request_is_kept
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, ProtocolError, Request


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        requests: list[Request] = []
        if self.error:
            return requests
        self.__init__()  # type: ignore[misc]
        self.buffer += data
        try:
            while (request := self.next_request()) is not NEED_MORE:
                if request:
                    requests.append(request)
        except ProtocolError as error:
            self.error = error
        del self.buffer[: self.position]
        self.position = 0
        return requests
