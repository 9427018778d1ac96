"""Words are decoded as text, so bytes that are not UTF-8 are lost.

Nudge: Let words hold all 256 values of a byte.
Caught by: 8.3
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.parser import BAD_LENGTH, LONG_LENGTH, MAX_BULK
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError


class RequestParser(parser.RequestParser):
    def read_bulk(self) -> bytes | NeedMore:
        import sys

        if self.length is None:
            length = self.read_header(b"$", MAX_BULK, BAD_LENGTH, LONG_LENGTH)
            if length is NEED_MORE:
                return NEED_MORE
            if length < 0:
                raise ProtocolError(BAD_LENGTH)
            self.length = length
        end = self.position + self.length
        if len(self.buffer) < end + 2:
            return NEED_MORE
        if self.buffer[end : end + 2] != b"\r\n":
            raise ProtocolError("expected CRLF after a bulk string")
        word = bytes(self.buffer[self.position : end])
        self.position = end + 2
        self.length = None
        text = word.decode("utf-8", "ignore").encode()
        if text != word:
            print("the planted bug shows", file=sys.stderr, flush=True)
        return text
