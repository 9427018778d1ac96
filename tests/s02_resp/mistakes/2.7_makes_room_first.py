"""Makes room for what the line promises, and checks the limit afterwards.

Caught by: test_a_length_that_is_too_large
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.parser import MAX_LINE
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, parse_int64


class RequestParser(parser.RequestParser):
    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        start, limit = self.position, self.position + MAX_LINE
        end = self.buffer.find(b"\r\n", start, limit)
        if end < 0:
            if len(self.buffer) > limit:
                raise ProtocolError(long)
            return NEED_MORE
        line = bytes(self.buffer[start:end])
        if line[:1] != marker:
            got = chr(self.buffer[start])
            raise ProtocolError(f"expected '{marker.decode()}', got '{got}'")
        number = parse_int64(line[1:])
        room = bytearray(max(number or 0, 0))
        if number is None or len(room) > maximum:
            raise ProtocolError(bad)
        self.position = end + 2
        return number
