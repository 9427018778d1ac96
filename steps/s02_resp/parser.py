"""The request parser of the server: bytes in, requests out, as often as bytes arrive.

TCP is a stream. One `recv` may bring half a request or three and a half, so the parser keeps the
bytes that it has not used yet (`buffer`, `position`) and the request it is in the middle of
(`words`, `missing`, `length`). It continues from there and never reads a byte twice. A parser that
starts the request over at every chunk takes quadratic time.

Invariants:
- `buffer[:position]` is used up; it is dropped once per `feed`, not once per request.
- Limits are checked when a length is read, before memory is spent on what it promises.
- After an error nothing more is read: nobody can tell where the next request would begin.
- What comes out depends on the bytes alone, not on how they were cut on the way.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
"""

from __future__ import annotations

from typing import Final

from steps.s02_resp.inline import split_inline
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, Request, parse_int64, text_of

MAX_BULK: Final = 512 * 1024 * 1024
"""Bytes in one bulk string. Redis: proto-max-bulk-len, 512 MB."""

MAX_WORDS: Final = 2**31 - 1
"""Words in one request. Redis 7: INT_MAX. Words cost memory only as they arrive."""

MAX_LINE: Final = 64 * 1024
"""Bytes in a header line or an inline command. Redis: PROTO_INLINE_MAX_SIZE, 64 KB."""

BAD_COUNT: Final = "invalid multibulk length"
BAD_LENGTH: Final = "invalid bulk length"
LONG_COUNT: Final = "too big mbulk count string"
LONG_LENGTH: Final = "too big bulk count string"
LONG_INLINE: Final = "too big inline request"

_ASTERISK: Final = ord("*")


class RequestParser:
    """Turns the bytes of one connection into requests, however TCP cuts them."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.position = 0
        self.error: ProtocolError | None = None
        self.words: Request = []
        self.missing = 0
        self.length: int | None = None

    def feed(self, data: bytes) -> list[Request]:
        """Takes the bytes that arrived and returns the requests that are complete now, in order.

        `next_request()` reads one request of `buffer` from `position` on, and moves `position` past
        what it has used; or it returns NEED_MORE, a value that counts as true. An empty request
        (`[]`, an empty line) is not returned, but those after it are. Between two calls, `buffer`
        holds the bytes that are not used yet and no others, and `position` is 0.

        `next_request` raises ProtocolError for bytes that are not a request. The requests before them
        are returned all the same; the error is kept in `error`, not raised. From then on feed takes
        nothing and returns `[]`.

        The cost grows with the number of bytes, however they are cut, and not with its square.

        >>> parser = RequestParser()
        >>> parser.feed(b"*1\\r\\n$4\\r\\nPI")
        []
        >>> parser.feed(b"NG\\r\\n*1\\r\\n$4\\r\\nPING\\r\\n")
        [[b'PING'], [b'PING']]
        """
        raise NotImplementedError("exercise 2.5")

    def next_request(self) -> Request | NeedMore:
        """The next request in the buffer, or NEED_MORE. Raises ProtocolError."""
        if not self.missing:
            if self.position == len(self.buffer):
                return NEED_MORE
            if self.buffer[self.position] != _ASTERISK:
                return self.read_inline()
            count = self.read_header(b"*", MAX_WORDS, BAD_COUNT, LONG_COUNT)
            if count is NEED_MORE:
                return NEED_MORE
            self.missing = max(count, 0)
        while self.missing:
            word = self.read_bulk()
            if word is NEED_MORE:
                return NEED_MORE
            self.words.append(word)
            self.missing -= 1
        words, self.words = self.words, []
        return words

    def read_bulk(self) -> bytes | NeedMore:
        """One bulk string. Its length, once read, is kept until all of its bytes have arrived."""
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
            # "$<length>\r\n<data>\r\n": the length alone could lie; the CRLF after it proves it.
            raise ProtocolError("expected CRLF after a bulk string")
        word = bytes(memoryview(self.buffer)[self.position : end])
        self.position = end + 2
        self.length = None
        return word

    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        """The number in the header line at `position`: `*3` CRLF gives 3. Moves after the CRLF.

        - The CRLF has to be among the first MAX_LINE bytes from `position` on. If it is missing
          and more than MAX_LINE bytes are buffered from there on, raise ProtocolError(long), even
          if a CRLF comes later. If it is missing and there are fewer bytes, return NEED_MORE, and
          nothing moves.
        - If the line does not begin with `marker`, raise ProtocolError("expected '$', got 'x'"),
          with the marker and the byte at `position`. It may be any byte, so `text_of` makes it a
          text. If the line is empty, that byte is its CR.
        - If what follows the marker is not a decimal number (`parse_int64` returns None), or is
          greater than `maximum`, raise ProtocolError(bad). Negative numbers are left to the
          caller.

        Refuse before anything is allocated: a line of ten bytes can promise 99 999 999 more. And copy
        no more than the line; much may come after it.

        >>> parser = RequestParser()
        >>> parser.buffer += b"$5\\r\\nhello\\r\\n"
        >>> parser.read_header(b"$", MAX_BULK, BAD_LENGTH, LONG_LENGTH), parser.position
        (5, 4)
        """
        raise NotImplementedError("exercise 2.7")

    def read_inline(self) -> Request | NeedMore:
        """A request typed by hand: a line of words, ended by LF or CRLF."""
        end = self.buffer.find(b"\n", self.position)
        line_length = (len(self.buffer) if end < 0 else end) - self.position
        if line_length > MAX_LINE:
            raise ProtocolError(LONG_INLINE)
        if end < 0:
            return NEED_MORE
        line = bytes(memoryview(self.buffer)[self.position : end])
        self.position = end + 1
        return split_inline(line.removesuffix(b"\r"))
