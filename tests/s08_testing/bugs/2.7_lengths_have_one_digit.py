"""Of the length of a word only the first digit is read.

Nudge: Make words of more than 9 bytes.
Caught by: 8.3
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, parse_int64


class RequestParser(parser.RequestParser):
    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        import sys

        start = self.position
        end = self.buffer.find(b"\r\n", start)
        if end < 0:
            return NEED_MORE
        if self.buffer[start] != marker[0]:
            raise ProtocolError(f"expected '{marker.decode()}'")
        stop = start + 2 if marker == b"$" else end
        number = parse_int64(bytes(self.buffer[start + 1 : stop]))
        if number is None or number > maximum:
            raise ProtocolError(bad)
        if stop < end:
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.position = end + 2
        return number
