"""Answers to steps/s02_resp/parser.py."""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.parser import MAX_LINE
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, Request, parse_int64, text_of


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        # Taking one `recv` for one request works on your own machine and fails on the first slow
        # network. The used-up bytes are removed once, after the loop: `buffer = buffer[n:]` for
        # each request copies the rest each time, which is quadratic for a long pipeline. The `try`
        # is around the loop, as the requests before the bad bytes were sent in good faith.
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
        del self.buffer[: self.position]
        self.position = 0
        return requests

    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        # The order matters: check that the line is complete, that it is ours, that it is sane, and
        # only then move the cursor. `int(line)` would take b" 7" and b"1_000". Without an end for
        # `find`, a line that is too long would get one error if it comes in one piece, and another
        # if TCP cuts it.
        start, limit = self.position, self.position + MAX_LINE
        end = self.buffer.find(b"\r\n", start, limit)
        if end < 0:
            if len(self.buffer) > limit:
                raise ProtocolError(long)
            return NEED_MORE
        if self.buffer[start] != marker[0]:
            got = text_of(bytes([self.buffer[start]]))
            raise ProtocolError(f"expected '{marker.decode()}', got '{got}'")
        number = parse_int64(bytes(memoryview(self.buffer)[start + 1 : end]))
        if number is None or number > maximum:
            raise ProtocolError(bad)
        self.position = end + 2
        return number
