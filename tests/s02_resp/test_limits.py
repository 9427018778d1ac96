"""Exercise 2.7: bytes that are not a request, and promises that are too large."""

from __future__ import annotations

import pytest

ERROR = "ERR Protocol error: "
LONG = 64 * 1024


def fed(code, data):
    """The requests in `data`, and the error after them."""
    parser = code.s02.RequestParser()
    return parser.feed(data), code.labs.s02.refusal(parser)


@pytest.mark.exercise(
    "2.7",
    why="The number is between the marker and the CRLF. Afterwards position is after the CRLF, "
    "where the next line begins. The marker is bytes, and one item of the buffer is a number, "
    "which never equals bytes; a slice of one item does.",
)
def test_a_header_is_read(code):
    """A count and the lengths after it are read, one line after another."""
    assert fed(code, b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\ntwelve bytes\r\n") == (
        [[b"SET", b"", b"twelve bytes"]],
        "",
    )


@pytest.mark.exercise(
    "2.7",
    why="The line ends at CRLF, not at CR and not at LF. As long as it is missing, return "
    "NEED_MORE and leave position where it is.",
)
def test_a_header_that_is_not_whole(code):
    """A header line waits for its CRLF, byte by byte."""
    parser = code.s02.RequestParser()
    for number in range(len(b"*1\r\n$4\r\n")):
        assert parser.feed(b"*1\r\n$4\r\n"[number : number + 1]) == []
        assert code.labs.s02.refusal(parser) == ""
    assert parser.feed(b"PING\r\n") == [[b"PING"]]
    for half in (b"*1\r", b"*1\n", b"*1x\n", b"*1\r\n$4", b"*1\r\nx"):
        assert fed(code, half) == ([], "")


@pytest.mark.exercise(
    "2.7",
    why="The line is a few bytes, and the buffer may hold a megabyte of requests after it. "
    "`buffer[position:]` and `bytes(buffer)` copy them all for each line; find() takes the place "
    "to start from, and a slice has an end.",
)
def test_headers_are_read_where_they_are(code, seed):
    """However many requests come in one piece, they are copied a few times at most."""
    requests, length = 200 + seed % 200, 100 + seed % 77
    assert code.labs.s02.copied_by_headers(requests, length) <= 4 * requests * (length + 20)


@pytest.mark.exercise(
    "2.7",
    why="int() takes b' 7', b'+7', b'1_0' and b'007' as well, and raises ValueError for the rest, "
    "which looks like a bug of the server. parse_int64 accepts what Redis accepts, and returns "
    "None for anything else.",
)
@pytest.mark.parametrize(
    "number", [b"", b"x", b" 1", b"1 ", b"+1", b"0_1", b"01", b"1.0", b"-", b"0x1"]
)
def test_a_number_that_is_none(code, number):
    """A count or a length that is not a decimal number is refused."""
    assert fed(code, b"*" + number + b"\r\n") == ([], ERROR + "invalid multibulk length")
    assert fed(code, b"*1\r\n$" + number + b"\r\n") == ([], ERROR + "invalid bulk length")


@pytest.mark.exercise(
    "2.7",
    why="Ten bytes can promise a gigabyte. Compare with the maximum as soon as the number is "
    "read, before you wait for the bytes or allocate memory for them.",
)
@pytest.mark.parametrize(
    "length", [2**63 - 1, 2**63, 10**25, 10**200, 2**45, 512 * 1024 * 1024 + 1]
)
def test_a_length_that_is_too_large(code, length):
    """A bulk string of more than 512 MB is refused before its first byte arrives."""
    error = ERROR + "invalid bulk length"
    assert fed(code, b"*1\r\n$%d\r\n" % length) == ([], error)


@pytest.mark.exercise("2.7", why="The count of words has its maximum too: 2 147 483 647.")
@pytest.mark.parametrize("count", [2**31, 2**32, 2**63 - 1, 2**64, 10**30])
def test_a_count_that_is_too_large(code, count):
    """A request of more words than any server takes is refused."""
    assert fed(code, b"*%d\r\n" % count) == ([], ERROR + "invalid multibulk length")


@pytest.mark.exercise(
    "2.7",
    why="The maximum itself is allowed. It costs nothing as long as none of its bytes has "
    "arrived; a list or buffer of that size, made beforehand, would.",
)
def test_the_largest_promise_costs_nothing(code):
    """The largest length and the largest count are allowed, and take no room."""
    parser = code.s02.RequestParser()
    assert parser.feed(b"*2147483647\r\n$536870912\r\nhello") == []
    assert code.labs.s02.refusal(parser) == ""
    assert code.labs.s02.kept(parser) == b"hello"


@pytest.mark.exercise(
    "2.7",
    why="Between the words of a request there is a line that begins with $. If it does not, the "
    "lengths before it were wrong. Say what was expected and what came: the byte at `position`, "
    "which is CR if the line is empty.",
)
@pytest.mark.parametrize(
    ("line", "got"),
    [(b"PING", "P"), (b"*1", "*"), (b":1", ":"), (b" $4", " "), (b"4", "4"), (b"", "\r")],
)
def test_another_marker(code, line, got):
    """A word that does not begin with a dollar sign is refused."""
    error = f"{ERROR}expected '$', got '{got}'"
    assert fed(code, b"PING\r\n*1\r\n" + line + b"\r\n") == ([[b"PING"]], error)


@pytest.mark.exercise(
    "2.7",
    why="Any byte may be in the place of the marker. Decoding it as text raises "
    "UnicodeDecodeError for half of them, and `chr` makes two bytes of ÿ on the wire; `text_of` "
    "makes a text from which `encode` gets the same byte.",
)
def test_another_marker_that_is_no_text(code):
    """A marker that is not text is refused like any other."""
    for byte in (1, 10, 127, 128, 195, 255):
        error = f"{ERROR}expected '$', got '{bytes([byte]).decode('utf-8', 'surrogateescape')}'"
        assert fed(code, b"*1\r\n" + bytes([byte]) + b"4\r\n") == ([], error)


@pytest.mark.exercise(
    "2.7",
    why="A client that never sends CRLF would make the server keep everything it sends. No number "
    "is as long as MAX_LINE bytes, so there is nothing to wait for.",
)
@pytest.mark.parametrize(
    ("begin", "error"),
    [(b"*", "too big mbulk count string"), (b"*1\r\n$", "too big bulk count string")],
)
def test_a_line_without_end(code, begin, error):
    """A header line of more than 64 KB is refused, though its end has not come."""
    parser = code.s02.RequestParser()
    assert parser.feed(begin + b"1" * 1000) == []
    assert code.labs.s02.refusal(parser) == ""
    assert parser.feed(b"1" * LONG) == []
    assert code.labs.s02.refusal(parser) == ERROR + error


@pytest.mark.exercise(
    "2.7",
    why="The limit is for this line: count from position on. The buffer may hold 100 KB of "
    "requests before it that came in the same piece.",
)
def test_a_full_buffer_is_no_long_line(code):
    """Half a header after many requests is not too long."""
    parser = code.s02.RequestParser()
    many = b"*2\r\n$4\r\nECHO\r\n$100\r\n" + b"x" * 100 + b"\r\n"
    assert parser.feed(many * 1000 + b"*1") == [[b"ECHO", b"x" * 100]] * 1000
    assert code.labs.s02.refusal(parser) == ""
    assert parser.feed(b"\r\n$4\r\nPING\r\n") == [[b"PING"]]


@pytest.mark.exercise(
    "2.7",
    why="MAX_LINE bytes without a CRLF are allowed; with one byte more the line is too long. `>=` in "
    "place of `>` refuses a line of 64 KB that could still end.",
)
@pytest.mark.parametrize("before", [b"", b"PING\r\n"])
def test_the_longest_line_that_is_allowed(code, before):
    """With 64 KB and no end, the parser waits; one byte more is refused."""
    parser = code.s02.RequestParser()
    parser.feed(before + b"*" + b"1" * (LONG - 1))
    assert code.labs.s02.refusal(parser) == ""
    parser.feed(b"1")
    assert code.labs.s02.refusal(parser) == ERROR + "too big mbulk count string"


@pytest.mark.exercise(
    "2.7",
    why="The CRLF belongs to the first MAX_LINE bytes: a line of that length, CRLF included, is "
    "whole, and what is wrong with it is its number.",
)
@pytest.mark.parametrize(("digits", "error"), [(LONG - 3, "invalid"), (LONG - 2, "too big")])
def test_where_the_last_crlf_may_stand(code, digits, error):
    """A CRLF at the end of the first 64 KB counts; one a byte later does not."""
    parser = code.s02.RequestParser()
    parser.feed(b"*" + b"1" * digits + b"\r\n")
    assert code.labs.s02.refusal(parser).startswith(ERROR + error)


@pytest.mark.exercise(
    "2.7",
    why="Whether a line is too long depends on the line, not on how TCP cut it. Look for the CRLF "
    "in the first MAX_LINE bytes; one that comes later does not count, even if it is there "
    "already.",
)
@pytest.mark.parametrize("extra", [0, 1, 2, 3, 1000])
def test_a_long_line_in_any_cut(code, extra):
    """A line that is too long gets the same error whole and in pieces."""
    data = b"*" + b"1" * (LONG + extra) + b"\r\n"
    pieces = [data[start : start + 1000] for start in range(0, len(data), 1000)]
    for cut in ([data], [data[:-1], data[-1:]], [data[:-2], data[-2:]], pieces):
        parser = code.s02.RequestParser()
        assert [parser.feed(piece) for piece in cut] == [[]] * len(cut)
        assert code.labs.s02.refusal(parser) == ERROR + "too big mbulk count string"


@pytest.mark.exercise(
    "2.7",
    why="Whether a number below 0 makes sense is for the caller to decide: *-1 is an empty "
    "request, $-1 is not a word.",
)
def test_negative_numbers(code):
    """A negative count is an empty request; a negative length is refused."""
    assert fed(code, b"*-1\r\n*-10\r\nPING\r\n") == ([[b"PING"]], "")
    assert fed(code, b"*-9223372036854775808\r\nPING\r\n") == ([[b"PING"]], "")
    assert fed(code, b"*1\r\n$-1\r\n") == ([], ERROR + "invalid bulk length")


@pytest.mark.exercise(
    "2.7",
    why="`read_header` has three answers: a number, NEED_MORE, or a ProtocolError. With a number the "
    "position moves to after the CRLF; with NEED_MORE it stays where it was.",
)
@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"*3\r\n$3\r\n", (3, 4)),
        (b"*100\r\n", (100, 6)),
        (b"*-1\r\n", (-1, 5)),
        (b"*3\r", ("more", 0)),
        (b"*" + b"1" * 65_535, ("more", 0)),
        (b"*101\r\n", ERROR + "bad"),
        (b"* 1\r\n", ERROR + "bad"),
        (b"$1\r\n", ERROR + "expected '*', got '$'"),
        (b"*" + b"1" * 65_536 + b"\r\n", ERROR + "long"),
    ],
)
def test_a_header_by_itself(code, data, answer):
    """Each kind of header, given to `read_header` directly."""
    assert code.labs.s02.header_alone(data) == answer


@pytest.mark.exercise(
    "2.7", why="One error, then the end: the server answers what came before, and hangs up."
)
def test_bad_bytes_over_the_wire(server):
    """A client that sends rubbish gets its replies, one error, and the end of the connection."""
    echo = server(2)
    client = echo.client()
    client.send(b"*1\r\n$4\r\nPING\r\n*1\r\n$999999999999\r\nPING\r\n")
    client.expect(b"*1\r\n$4\r\nPING\r\n-ERR Protocol error: invalid bulk length\r\n")
    assert client.closed()
    client.close()
    other = echo.client()
    other.send(b"*1\r\n$4\r\nPING\r\n")
    other.expect(b"*1\r\n$4\r\nPING\r\n")
    assert echo.stderr() == ""


# ---------------------------------------------------------------- what is given


@pytest.mark.parametrize("extra", [0, 1, 2, 1000])
def test_a_long_inline_request_in_any_cut(code, extra):
    """An inline request of more than 64 KB is refused, whole and in pieces; 64 KB are not."""
    line = b"ECHO " + b"x" * (LONG - 5 + extra) + b"\n"
    for size in (len(line), len(line) - 1, 1000):
        parser = code.s02.RequestParser()
        requests = []
        for start in range(0, len(line), size):
            requests += parser.feed(line[start : start + size])
        error = ERROR + "too big inline request" if extra else ""
        assert code.labs.s02.refusal(parser) == error
        assert len(requests) == (0 if extra else 1)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"0", 0),
        (b"-1", -1),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
    ],
)
def test_parse_int64(code, raw, value):
    """A 64-bit decimal number is read."""
    assert code.s02.parse_int64(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"",
            b"-",
            b"--1",
            b"+1",
            b" 1",
            b"1 ",
            b"1\n",
            b"01",
            b"-0",
            b"-01",
            b"1_0",
            b"1e3",
            b"0x1",
        ),
        *(b"9223372036854775808", b"-9223372036854775809", b"1" * 5000, "٣".encode(), b"\xb2"),
    ],
)
def test_parse_int64_refuses(code, raw):
    """Anything but a 64-bit decimal number is None."""
    assert code.s02.parse_int64(raw) is None
