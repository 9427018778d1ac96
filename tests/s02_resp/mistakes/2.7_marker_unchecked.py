"""Reads the number without a look at the marker.

Caught by: test_another_marker
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
        number = parse_int64(line[1:])
        if number is None or number > maximum:
            raise ProtocolError(bad)
        self.position = end + 2
        return number
