"""A word ends where the first CRLF is, whatever its length says.

Nudge: Let words hold CRLF.
Caught by: 8.3
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.parser import BAD_LENGTH, LONG_LENGTH, MAX_BULK
from steps.s02_resp.values import NEED_MORE, NeedMore


class RequestParser(parser.RequestParser):
    def read_bulk(self) -> bytes | NeedMore:
        import sys

        if self.length is None:
            length = self.read_header(b"$", MAX_BULK, BAD_LENGTH, LONG_LENGTH)
            if length is NEED_MORE:
                return NEED_MORE
            self.length = length
        end = self.buffer.find(b"\r\n", self.position)
        if end < 0:
            return NEED_MORE
        if end < self.position + self.length:
            print("the planted bug shows", file=sys.stderr, flush=True)
        word = bytes(self.buffer[self.position : end])
        self.position = end + 2
        self.length = None
        return word
