"""The fast parser: whole requests in a few calls of C, everything else by the parser of step 2.

Step 2's parser walks from header to header and calls several methods for each word. This one is
made for what a pipeline nearly always is: many whole requests, one after the other, in one chunk.
`split_requests` takes those from the front; whatever it does not take (the half request at the
end, an inline command, wrong bytes) goes to the parser of step 2, which knows what to do with it.
So only one place decides what an error is, and the two can't disagree.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from operator import eq
from typing import Final

from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import NeedMore, Request

CRLF: Final = b"\r\n"

COUNTS: Final = {b"*%d" % count: count for count in range(1, 1025)}
"""The header lines of requests of up to 1024 words, and their counts: a lookup, no conversion."""

LENGTHS: Final = [b"$%d" % length for length in range(4097)]
"""The header lines of bulk strings of up to 4096 bytes: a lookup, no formatting."""

MANY: Final = 64
"""If more words than that are missing of a request, those that have arrived are taken together."""

WINDOW: Final = 64 * 1024
"""Bytes that are looked through for them at a time."""


def split_requests(data: bytes) -> tuple[list[Request], int]:
    """The whole requests at the front of `data`, and how many bytes they took.

    Cut `data` at every CRLF, once (`data.split(CRLF)`). A request of n words is then a line `*n`
    and n times two lines: `$length` and the word. All its words are one slice with step 2, all its
    headers another.

    Stop, and leave it untaken, at the first request that

    - is not whole: fewer lines than it needs, where the last piece of the split does not count,
      since no CRLF follows it;
    - has a first line that is not in COUNTS (an inline command, an error, more than 1024 words);
    - has a header that is not LENGTHS[len(word)]: a wrong length, or a word that has a CRLF inside
      and fell into two pieces, or a word of more than 4096 bytes.

    >>> split_requests(b"*1\\r\\n$4\\r\\nPING\\r\\n*2\\r\\n$4\\r\\nEC")
    ([[b'PING']], 14)
    """
    raise NotImplementedError("exercise 8.6")


def split_words(data: bytes, most: int) -> tuple[Request, int, bool]:
    """The whole words at the front of `data`, up to `most`, and how many bytes they took.

    Also returns whether these are all that are whole: not if a wrong length comes, or a word that
    has a CRLF inside.
    """
    lines = data.split(CRLF, 2 * most)
    words = lines[1:-1:2]
    headers = map(b"$%d".__mod__, map(len, words))
    taken = sum(takewhile(bool, map(eq, lines[::2], headers)))
    used = sum(map(len, lines[: 2 * taken])) + 4 * taken
    return words[:taken], used, taken == len(words)


class FastParser(RequestParser):
    """Step 2's parser with a shortcut for whole requests, and one for the words of long requests."""

    def __init__(self) -> None:
        super().__init__()
        self.ready: deque[Request] = deque()
        self.worthwhile = self.plain = True

    def feed(self, data: bytes) -> list[Request]:
        if self.buffer or self.missing or self.error:
            self.worthwhile = self.plain = True
            return super().feed(data)
        requests, used = split_requests(data)
        if used == len(data):
            return requests
        self.worthwhile = False  # another attempt would stop at the same place
        self.plain = True
        return requests + super().feed(data[used:])

    def next_request(self) -> Request | NeedMore:
        """Step 2's method; once a half request is complete, those after it take the fast way."""
        if self.worthwhile and not self.ready and not self.missing:
            rest = bytes(memoryview(self.buffer)[self.position :])
            requests, used = split_requests(rest)
            self.ready.extend(requests)
            self.position += used
            # Each attempt splits everything that is left. One that gains little is the last for
            # this chunk, or a pipeline of inline commands would take quadratic time.
            self.worthwhile = used * 4 >= len(rest)
        return self.ready.popleft() if self.ready else super().next_request()

    def read_bulk(self) -> bytes | NeedMore:
        """Step 2's method; where many words are missing, it takes those before the one it returns."""
        if self.missing > MANY and self.plain and self.length is None:
            window = memoryview(self.buffer)[self.position : self.position + WINDOW]
            # An attempt that meets an unusual word is the last for this chunk, or many such words
            # would cost an attempt each.
            words, used, self.plain = split_words(bytes(window), self.missing)
            window.release()
            if words:
                *before, word = words
                self.words += before
                self.missing -= len(before)
                self.position += used
                return word
        return super().read_bulk()
