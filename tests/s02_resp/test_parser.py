"""Exercise 2.5: bytes arrive in pieces of any size, and requests come out whole.

The tests of lines need nothing but `feed`: their parser has a `next_request` of its own. Those
below them need 2.6 and 2.7 as well.
"""

from __future__ import annotations

import pytest

SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n"
TALK = (
    b"PING\r\n"
    + SET
    + b"*0\r\n\r\nSET k 'x y'\n"
    + b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n"
    + b"*-1\r\nPING\r\n"
)
REQUESTS = [
    [b"PING"],
    [b"SET", b"k", b"a\r\nb"],
    [b"SET", b"k", b"x y"],
    [b"GET", b""],
    [b"PING"],
]

STREAM_WHY = (
    "TCP is a stream of bytes without seams: one recv may hold half a request, or three and a "
    "half. Add what came to what you still have, take out what is whole, keep the rest. NEED_MORE says "
    "that nothing more is whole, and counts as true: compare by `is`."
)


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_half_a_line_is_kept(code):
    """Where a request is a line: half a line waits for its other half."""
    parser = code.labs.s02.LineParser()
    assert parser.feed(b"SET k") == []
    assert parser.feed(b" v\nGET") == [[b"SET", b"k", b"v"]]
    assert parser.feed(b"") == []
    assert parser.feed(b" k\n") == [[b"GET", b"k"]]


@pytest.mark.exercise(
    "2.5",
    why="One recv may bring many requests. Call next_request until it returns NEED_MORE, which "
    "counts as true, so compare by `is`. A request that is left in the buffer is answered only "
    "when the next bytes come.",
)
def test_many_lines_in_one_piece(code):
    """Where a request is a line: all lines of a piece are returned, in order."""
    parser = code.labs.s02.LineParser()
    many = [[b"GET", b"%03d" % number] for number in range(100)]
    assert parser.feed(b"".join(b"%b %b\n" % tuple(one) for one in many)) == many


@pytest.mark.exercise(
    "2.5", why="An empty line is a request without words. It is skipped, and is not the end."
)
def test_empty_lines_are_skipped(code):
    """Where a request is a line: an empty one is skipped, and what follows it is not."""
    parser = code.labs.s02.LineParser()
    assert parser.feed(b"\n\nPING\n  \nECHO a\n\n") == [[b"PING"], [b"ECHO", b"a"]]


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_lines_at_any_cut(code, cuts):
    """Where a request is a line: however the bytes are cut, the same requests come out."""
    for pieces in cuts(b"SET k v\n\nGET k\nPING\nDEL k l m\n"):
        parser = code.labs.s02.LineParser()
        requests = []
        for piece in pieces:
            requests += parser.feed(piece)
        assert requests == [
            [b"SET", b"k", b"v"],
            [b"GET", b"k"],
            [b"PING"],
            [b"DEL", *b"k l m".split()],
        ]


@pytest.mark.exercise(
    "2.5",
    why="After all requests are taken out, del self.buffer[:self.position], and position is 0 "
    "again. Otherwise the buffer holds every byte that the client ever sent.",
)
def test_used_up_lines_are_dropped(code):
    """Where a request is a line: the parser keeps the unfinished line, and nothing before it."""
    parser = code.labs.s02.LineParser()
    for _ in range(3):
        assert parser.feed(b"PING\nPING\n") == [[b"PING"], [b"PING"]]
        assert code.labs.s02.kept(parser) == b""
    assert parser.feed(b"PING\nGET") == [[b"PING"]]
    assert code.labs.s02.kept(parser) == b"GET"


@pytest.mark.exercise(
    "2.5",
    why="`buffer = buffer[position:]` copies the rest. Once per request, a pipeline of 1 000 "
    "requests is copied five hundred times over.",
)
def test_a_long_pipeline_is_copied_once(code, seed):
    """Where a request is a line: however many come in one piece, they are copied a few times at most."""
    lines, length = 500 + seed % 500, 100 + seed % 77
    assert code.labs.s02.copied_by_feed(lines, length) <= 4 * lines * (length + 1)


@pytest.mark.exercise(
    "2.5",
    why="`buffer + data` and `buffer[position:]` make a new buffer out of the old one. A value of "
    "512 MB comes in 32 000 pieces, and is copied with each of them. `+=` and `del` change a "
    "bytearray in place.",
)
def test_a_long_value_is_copied_once(code):
    """Where a request is a line: a long one in many pieces is copied a few times at most."""
    assert code.labs.s02.copied_by_pieces(200, 100) <= 4 * 200 * 100


@pytest.mark.exercise(
    "2.5",
    why="next_request raises ProtocolError. Catch it around the loop and keep it in `error`: the "
    "requests before it were sent in good faith, and nothing after it is read any more.",
)
def test_a_bad_line(code):
    """Where a request is a line: those before a bad one count, and none after it."""
    parser = code.labs.s02.LineParser()
    assert parser.feed(b"PING\nGET k\n!\nPING\n") == [[b"PING"], [b"GET", b"k"]]
    assert code.labs.s02.refusal(parser) == "ERR Protocol error: no request begins with '!'"
    assert parser.feed(b"PING\n") == []


@pytest.mark.exercise(
    "2.5",
    why="Once `error` is set, nothing is read any more, so nothing needs to be kept either. A buffer "
    "that goes on growing lets a client fill the memory of a server that no longer listens to it.",
)
def test_nothing_is_kept_after_an_error(code):
    """Where a request is a line: what comes after a bad one is not kept."""
    parser = code.labs.s02.LineParser()
    parser.feed(b"!\n")
    before = len(code.labs.s02.kept(parser))
    for _ in range(3):
        assert parser.feed(b"x" * 1000) == []
    assert len(code.labs.s02.kept(parser)) <= before


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_one_request(code):
    """A request that comes whole is returned at once."""
    parser = code.s02.RequestParser()
    assert parser.feed(SET) == [[b"SET", b"k", b"a\r\nb"]]
    assert parser.feed(b"") == []


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_half_a_request_is_kept(code):
    """Half a request waits for its other half."""
    parser = code.s02.RequestParser()
    assert parser.feed(b"*1\r\n$4\r\nPI") == []
    assert parser.feed(b"NG\r\n") == [[b"PING"]]


@pytest.mark.exercise(
    "2.5",
    why="A client may send many requests without waiting for the replies (pipelining), and one "
    "recv brings them all. Go on until next_request answers NEED_MORE; a request left in the "
    "buffer is answered only when the next bytes arrive, and perhaps none ever do.",
)
def test_many_requests_in_one_piece(code):
    """All requests of a piece are returned, in order."""
    parser = code.s02.RequestParser()
    many = b"".join(b"*2\r\n$3\r\nGET\r\n$3\r\n%03d\r\n" % number for number in range(100))
    assert parser.feed(many) == [[b"GET", b"%03d" % number] for number in range(100)]


@pytest.mark.exercise(
    "2.5",
    why="Both at once: the end of one request, a whole one, and the beginning of the next, which "
    "must be kept.",
)
def test_two_and_a_half(code):
    """The bytes after the last whole request are kept for the next piece."""
    parser = code.s02.RequestParser()
    assert parser.feed(SET[:9]) == []
    assert parser.feed(SET[9:] + SET + SET[:20]) == [REQUESTS[1], REQUESTS[1]]
    assert parser.feed(SET[20:]) == [REQUESTS[1]]


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_any_cut(code, cuts):
    """However the bytes are cut, the same requests come out."""
    for pieces in cuts(TALK):
        parser = code.s02.RequestParser()
        requests = []
        for piece in pieces:
            requests += parser.feed(piece)
        assert requests == REQUESTS, pieces
        assert code.labs.s02.refusal(parser) == ""


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_cut_in_two_at_every_byte(code):
    """A conversation cut in two at any byte gives the same requests."""
    for middle in range(len(TALK) + 1):
        parser = code.s02.RequestParser()
        assert parser.feed(TALK[:middle]) + parser.feed(TALK[middle:]) == REQUESTS, middle


@pytest.mark.exercise(
    "2.5",
    why="*0, *-1 and an empty line are requests of no words. Redis skips them without a reply. If "
    "you return them, code that looks at the first word fails.",
)
def test_an_empty_request_is_skipped(code):
    """A request without words is skipped, and what follows it is not."""
    parser = code.s02.RequestParser()
    assert parser.feed(b"*0\r\n\r\n*-1\r\n   \r\nPING\r\n*0\r\n") == [[b"PING"]]
    assert parser.feed(b"PING\r\n") == [[b"PING"]]


@pytest.mark.exercise(
    "2.5",
    why="Two parsers are two connections. A buffer that they share (one of the class, or of the "
    "module) mixes the bytes of two clients.",
)
def test_each_connection_has_its_own_parser(code):
    """Two parsers share nothing."""
    one, other = code.s02.RequestParser(), code.s02.RequestParser()
    assert one.feed(b"*1\r\n$4\r\nPI") == []
    assert other.feed(b"*1\r\n$4\r\nECHO\r\n") == [[b"ECHO"]]
    assert one.feed(b"NG\r\n") == [[b"PING"]]


@pytest.mark.exercise(
    "2.5",
    why="Drop what is used up: del self.buffer[:self.position], and position begins at 0 again. A "
    "buffer that only grows holds every byte that the client ever sent; one that is emptied loses "
    "the half request at its end.",
)
def test_used_up_bytes_are_dropped(code):
    """The parser keeps the bytes of the unfinished request, and no others."""
    parser = code.s02.RequestParser()
    for _ in range(20):
        assert parser.feed(SET) == [REQUESTS[1]]
        assert code.labs.s02.kept(parser) == b""
    parser.feed(SET + b"*1\r\n$10\r\nhello")
    assert code.labs.s02.kept(parser) == b"hello"
    assert parser.feed(b"world\r\n") == [[b"helloworld"]]


@pytest.mark.exercise(
    "2.5",
    why="next_request goes on where it stopped: it keeps the words that it has and the length it "
    "has read. If feed puts the parser back to the beginning of the request, each piece makes it "
    "read all words again: 400 words in 400 pieces are eighty thousand looks instead of eight "
    "hundred.",
)
def test_nothing_is_read_twice(code):
    """A request of 400 words in small pieces is read once, not once for each piece."""
    parser = code.labs.s02.CountingParser()
    request = b"*400\r\n" + b"$9\r\nsome word\r\n" * 400
    requests = []
    pieces = [request[start : start + 14] for start in range(0, len(request), 14)]
    for piece in pieces:
        requests += parser.feed(piece)
    assert requests == [[b"some word"] * 400]
    assert parser.looks <= 401 + len(pieces)


@pytest.mark.exercise(
    "2.5",
    why="A client that sent three good requests and then rubbish gets three replies and one "
    "error. If an exception leaves feed, the three are lost: catch it around the loop, keep it in "
    "`error`, and return what you have.",
)
def test_requests_before_an_error_count(code):
    """Requests that came before bad bytes are returned, and the error is kept."""
    parser = code.s02.RequestParser()
    assert parser.feed(SET + b"PING\r\n" + b"*x\r\n") == [REQUESTS[1], [b"PING"]]
    assert code.labs.s02.refusal(parser) == "ERR Protocol error: invalid multibulk length"


@pytest.mark.exercise(
    "2.5",
    why="After bad bytes there is no telling where the next request begins: what looks like one "
    "may be part of a value. So nothing more is read, however good it looks.",
)
def test_nothing_counts_after_an_error(code):
    """After an error no request is returned any more."""
    parser = code.s02.RequestParser()
    assert parser.feed(b"*1\r\nPING\r\nPING\r\n") == []
    assert parser.feed(b"PING\r\n") == []
    assert parser.feed(SET) == []
    assert code.labs.s02.refusal(parser) == "ERR Protocol error: expected '$', got 'P'"


@pytest.mark.exercise(
    "2.5", why="The error may come in a later piece than the request before it, or in the same."
)
def test_an_error_at_any_cut(code, cuts):
    """However the bytes are cut, an error comes after the same requests."""
    for pieces in cuts(TALK + b"*1\r\n$-5\r\nPING\r\n"):
        parser = code.s02.RequestParser()
        requests = []
        for piece in pieces:
            requests += parser.feed(piece)
        assert requests == REQUESTS, pieces
        assert code.labs.s02.refusal(parser) == "ERR Protocol error: invalid bulk length"


@pytest.mark.exercise("2.5", why=STREAM_WHY)
def test_half_a_request_over_the_wire(server):
    """A server answers a request when its last byte has come, and not before."""
    client = server(2).client()
    client.send(SET[:-1])
    assert client.pending() == b""
    client.send(SET[-1:] + SET)
    client.expect(SET + SET)


# ---------------------------------------------------------------- what is given


@pytest.mark.parametrize("tail", [b"XX", b"\n\r", b"\rX", b"lo"])
def test_the_end_of_a_bulk_string_is_checked(code, tail):
    """The bytes of a bulk string have to be followed by CRLF."""
    parser = code.s02.RequestParser()
    assert parser.feed(b"PING\r\n*1\r\n$3\r\nhel" + tail) == [[b"PING"]]
    assert code.labs.s02.refusal(parser) == "ERR Protocol error: expected CRLF after a bulk string"


def test_redis_does_not_check_it(redis_server):
    """A real redis-server skips these two bytes unread; we differ from it on purpose.

    A wrong length is a bug of the client. Redis goes on with whatever comes, so that the bug shows
    somewhere else, or in the data; here it shows at once.
    """
    client = redis_server().client()
    client.send(b"*2\r\n$4\r\nECHO\r\n$3\r\nhelXX*1\r\n$4\r\nPING\r\n")
    client.expect(b"$3\r\nhel\r\n+PONG\r\n")


def test_a_large_value_in_pieces(code):
    """A value of two megabytes in pieces of 16 KB comes out as it went in."""
    parser = code.labs.s02.CountingParser()
    value = bytes(range(256)) * 8192
    data = b"*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (len(value), value)
    requests = []
    for start in range(0, len(data), 16384):
        requests += parser.feed(data[start : start + 16384])
    assert requests == [[b"ECHO", value]]
    assert parser.looks == 3
