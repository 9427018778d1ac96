"""A header line counts as whole at its CR, though the LF has not come.

Nudge: Cut a header line between its CR and its LF.
Caught by: 8.3
"""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, parse_int64


class RequestParser(parser.RequestParser):
    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        import sys

        start = self.position
        end = self.buffer.find(b"\r", start)
        if end < 0:
            return NEED_MORE
        if self.buffer[start] != marker[0]:
            raise ProtocolError(f"expected '{marker.decode()}'")
        number = parse_int64(bytes(self.buffer[start + 1 : end]))
        if number is None or number > maximum:
            raise ProtocolError(bad)
        if end + 1 == len(self.buffer):
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.position = end + 2
        return number
