"""Tools to look at parsers at work: for tests, and for experiments at the prompt."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Self

from steps.s02_resp.ask import replies
from steps.s02_resp.decode import decode, decode_at, read_line
from steps.s02_resp.encode import ENCODERS, encode_array
from steps.s02_resp.inline import split_inline
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import (
    NEED_MORE,
    NULL_ARRAY,
    CommandError,
    NeedMore,
    ProtocolError,
    Request,
    SimpleString,
)
from workbook.labs.growing import bound_during
from workbook.labs.pictures import Cells
from workbook.picture import BUILT, LIT


class CountingParser(RequestParser):
    """A parser that counts how often it looks at a header line: `*3` or `$5`.

    A good one looks once at each, and once more for each chunk that ends before the header does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        self.looks += 1
        return super().read_header(marker, maximum, bad, long)


class CountedBytes(bytes):
    """Bytes that count how many of them are copied wherever `+` or `+=` joins some to others.

    A bytearray copies only what it adds, so only that counts there.
    """

    copied = 0

    def __add__(self, other: bytes) -> Self:  # type: ignore[override]
        return self._join(self, other)

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, bytearray):
            CountedBytes.copied += len(self)
            other.extend(self)
            return other
        return self._join(other, self)

    @classmethod
    def _join(cls, left: bytes, right: bytes) -> Self:
        CountedBytes.copied += len(left) + len(right)
        return cls(b"".join((left, right)))


class CountedSlices(bytes):
    """Bytes that count how many of them are copied by slices, and by slices of those."""

    copied = 0

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        if isinstance(found, int):
            return found
        CountedSlices.copied += len(found)
        return CountedSlices(found)


class CountedBuffer(bytearray):
    """The same for the buffer of a parser."""

    copied = 0

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        if isinstance(found, int):
            return found
        CountedBuffer.copied += len(found)
        return CountedBuffer(found)

    def __bytes__(self) -> bytes:
        CountedBuffer.copied += len(self)
        return memoryview(self).tobytes()


def header_alone(data: bytes) -> object:
    """What `read_header` makes of a buffer, with 100 as its maximum, and where it is afterwards.

    Of an error its text.
    """
    parser = RequestParser()
    parser.buffer += data
    try:
        found: Any = parser.read_header(b"*", 100, "bad", "long")
    except ProtocolError as error:
        return str(error)
    return ("more" if found is NEED_MORE else found), parser.position


def parts(data: bytes) -> list[Cells]:
    """A RESP value part by part: a row for each header, with the bytes that it announces."""
    rows, at = [], 0
    while at < len(data):
        line = read_line(data, at)
        assert line is not NEED_MORE, "the data ends in the middle of a line"
        kind, text, end = line
        more, after = b"", {b"*": f"an array of {text.decode()}"}.get(kind, "one line")
        if kind == b"$" and int(text) >= 0:
            more = data[end : end + int(text) + 2]
            after = f"a string of {text.decode()} bytes"
        rows.append(Cells(f"{at}", [(data[at:end], LIT), (more, BUILT)], after))
        at = end + len(more)
    return rows


class TellingParser(RequestParser):
    """A parser that notes how far it was when `next_request` had nothing more to give."""

    seen = b"", 0

    def next_request(self) -> Request | NeedMore:
        found = super().next_request()
        self.seen = bytes(self.buffer), self.position
        return found


def moments(pieces: Sequence[bytes]) -> list[Cells]:
    """The buffer of a parser at the end of each `feed`, before what is used up is dropped."""
    parser, rows = TellingParser(), []
    for number, piece in enumerate(pieces, 1):
        found = [b" ".join(request).decode() for request in parser.feed(piece)]
        buffer, position = parser.seen
        after = f"position {position}; returns {', '.join(found) or 'nothing'}"
        rows.append(
            Cells(f"feed {number}", [(buffer[:position], BUILT), (buffer[position:], LIT)], after)
        )
    return rows


def copied_by_decode(items: int, length: int) -> int:
    """How many bytes `decode_at` copies by slices for an array of `items` strings of `length` bytes."""
    data = b"*%d\r\n" % items + b"$%d\r\n%b\r\n" % (length, b"x" * length) * items
    CountedSlices.copied = 0
    decode_at(CountedSlices(data), 0)
    return CountedSlices.copied


def copied_by_feed(lines: int, length: int) -> int:
    """How many bytes `feed` copies by slices for `lines` requests of `length` bytes in one piece."""
    parser = LineParser()
    parser.buffer = CountedBuffer()
    CountedBuffer.copied = 0
    parser.feed((b"x" * length + b"\n") * lines)
    return CountedBuffer.copied


def copied_by_pieces(pieces: int, length: int) -> int:
    """How many bytes of the buffer `feed` copies for a line that comes in `pieces` pieces."""
    parser, copied = LineParser(), 0
    for _ in range(pieces):
        before = parser.buffer
        parser.feed(b"x" * length)
        copied += 0 if parser.buffer is before else len(parser.buffer)
    return copied


def copied_by_headers(requests: int, length: int) -> int:
    """How many bytes of the buffer are copied by slices for requests that come in one piece."""
    request = b"*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (length, b"x" * length)
    parser = RequestParser()
    parser.buffer = CountedBuffer(request * requests)
    CountedBuffer.copied = 0
    while parser.next_request() is not NEED_MORE:
        pass
    return CountedBuffer.copied


class _Block:
    """A value that is encoded as `length` bytes, which count when they are copied."""

    def __init__(self, length: int) -> None:
        self.length = length


def copied_during(run: Callable[[], object], length: int) -> int:
    """How many bytes `run` copies to join pieces, CountedBytes of that length, whichever way it does."""
    CountedBytes.copied = 0
    bound = bound_during(run, 10 * length)
    return max(CountedBytes.copied, bound)


def copied_by_encode_array(items: int, length: int) -> int:
    """How many bytes `encode_array` copies for `items` items of `length` bytes each."""
    table = ENCODERS[2]
    table[_Block] = lambda block, protocol: CountedBytes(b"x" * block.length)
    try:
        blocks = [_Block(length) for _ in range(items)]
        return copied_during(lambda: encode_array(blocks), length)  # type: ignore[arg-type]
    finally:
        del table[_Block]


def encoded_once(items: list[bytes]) -> bytes:
    """What `encode_array` makes of items that can be walked through once only."""
    return encode_array(item for item in items)


def type_of_array(items: list[bytes]) -> str:
    """The type of what `encode_array` returns."""
    return type(encode_array(items)).__name__


def memory_for_replies(pieces: list[bytes]) -> int:
    """How many bytes of memory it takes, at the worst moment, to read the replies in these pieces."""
    tracemalloc.start()
    try:
        with suppress(ProtocolError):
            for _ in replies(iter(pieces)):
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def memory_for(data: bytes) -> int:
    """How many bytes of memory `decode_at` takes, at its worst moment, for the value in `data`."""
    tracemalloc.start()
    try:
        decode_at(data, 0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class LineParser(RequestParser):
    """A parser of a smaller protocol: a request is a line of words. A line with `!` in front is bad.

    Only `next_request` is another, so `feed` can be tried out before the rest of the parser is
    written.
    """

    def next_request(self) -> Request | NeedMore:
        end = self.buffer.find(b"\n", self.position)
        if end < 0:
            return NEED_MORE
        line = bytes(self.buffer[self.position : end])
        if line.startswith(b"!"):
            raise ProtocolError("no request begins with '!'")
        self.position = end + 1
        return line.split()


def refusal(parser: RequestParser) -> str:
    """The text of the parser's error; "" as long as it has none."""
    return "" if parser.error is None else str(parser.error)


def kept(parser: RequestParser) -> bytes:
    """The bytes that the parser keeps for later."""
    return bytes(parser.buffer)


def refused_value(data: bytes) -> str:
    """The text of the ProtocolError with which `decode` refuses `data`; "" where it does not."""
    try:
        decode(data)
    except ProtocolError as error:
        return str(error)
    return ""


def refused_line(line: bytes) -> str:
    """The text of the ProtocolError with which `split_inline` refuses; "" where it splits."""
    try:
        split_inline(line)
    except ProtocolError as error:
        return str(error)
    return ""


def is_half(data: bytes, start: int = 0) -> bool:
    """Whether `decode_at` answers NEED_MORE for the value at `data[start]`."""
    return decode_at(data, start) is NEED_MORE


# --- the replies in a stream ----------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A reply in Python's own types: `+OK`, `-ERR no`, `*-1` for what is a type of ours."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is NULL_ARRAY:
        return "*-1"
    if isinstance(value, bytearray):
        return repr(value)  # it is equal to bytes, but no key of a dict
    marker = {SimpleString: "+", CommandError: "-"}.get(type(value))
    return f"{marker}{value}" if marker else value


def replies_of(pieces: list[bytes]) -> list[Any]:
    """The replies in some pieces; the last one is `!` if it was a ProtocolError."""
    found = []
    try:
        for reply in replies(iter(pieces)):
            found.append(plain(reply))
    except ProtocolError:
        found.append("!")
    return found


def pieces_taken(pieces: list[bytes]) -> list[int]:
    """For each reply, how many pieces had been taken when it came."""
    taken = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for piece in pieces:
            taken += 1
            yield piece

    return [taken for _ in replies(counted())]


def in_pieces(data: bytes, length: int) -> list[bytes]:
    """The data, cut into pieces of that length."""
    return [data[at : at + length] for at in range(0, len(data), length)]


def calls_for_replies(items: int, lists: int = 1) -> int:
    """How many calls it takes to read an array of `items` lists that comes in pieces of 50 bytes."""
    item = b"*%d\r\n" % lists + b"$5\r\nhello\r\n" * lists
    pieces = in_pieces(b"*%d\r\n" % items + item * items, 50)
    return calls_during(lambda: list(replies(iter(pieces))))


class CountedPiece(CountedBytes):
    """Bytes that count what `+` and slices copy of them."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        if isinstance(found, int):
            return found
        CountedBytes.copied += len(found)
        return CountedPiece(found)


def copied_by_replies(data: bytes, length: int) -> int:
    """How many bytes are copied by `+` and by slices to read replies that come in such pieces."""
    CountedBytes.copied = 0
    for _ in replies(map(CountedPiece, in_pieces(data, length))):
        pass
    return CountedBytes.copied


def calls_during(run: Callable[[], object]) -> int:
    """How many calls `run` makes of functions and methods, Python's own among them."""
    events: list[str] = []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: events.append(event))
    try:
        run()
    finally:
        sys.setprofile(before)
    return events.count("call") + events.count("c_call")
