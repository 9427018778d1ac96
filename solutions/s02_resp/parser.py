"""Answers to steps/s02_resp/parser.py."""

from __future__ import annotations

from steps.s02_resp import parser
from steps.s02_resp.parser import MAX_LINE
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, Request, parse_int64


class RequestParser(parser.RequestParser):
    def feed(self, data: bytes) -> list[Request]:
        # Dropping the used-up bytes once, after the loop, and not after each request, is what makes
        # a pipeline linear: `del` moves all bytes behind it to the front. Taking one `recv` for one
        # request works on your own machine and fails on the first slow network.
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
        # The order matters: first is the line whole, then is it ours, then is it sane, and only then
        # does the cursor move. `int(line)` would take b" 7" and b"1_000"; `int` of a megabyte of
        # digits would also take seconds, which is why an endless line is refused before.
        end = self.buffer.find(b"\r\n", self.position)
        if end < 0:
            if len(self.buffer) - self.position > MAX_LINE:
                raise ProtocolError(long)
            return NEED_MORE
        line = bytes(memoryview(self.buffer)[self.position : end])
        if line[:1] != marker:
            raise ProtocolError(f"expected '{marker.decode()}', got '{chr((line or b' ')[0])}'")
        number = parse_int64(line[1:])
        if number is None or number > maximum:
            raise ProtocolError(bad)
        self.position = end + 2
        return number
