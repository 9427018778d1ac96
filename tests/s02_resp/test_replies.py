"""Exercise 2.8: the replies in a stream, whatever reads them."""

from __future__ import annotations

import pytest

STREAM = (
    b"+OK\r\n-ERR no such key\r\n:-7\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
    b"*3\r\n:1\r\n*2\r\n$4\r\na\r\nb\r\n*0\r\n$-1\r\n+QUEUED\r\n"
)
VALUES = [
    *["+OK", "-ERR no such key", -7, b"hello", b"", None, "*-1", []],
    *[[1, [b"a\r\nb", []], None], "+QUEUED"],
]


@pytest.mark.exercise(
    "2.8",
    why="Each kind is what `decode` makes of it: an error is a value that is yielded, $-1 is None, *-1 "
    "is NULL_ARRAY, and an array may hold arrays.",
)
def test_replies_of_every_kind(code):
    """A stream in one piece gives one reply after the other."""
    assert code.labs.s02.replies_of([STREAM]) == VALUES
    assert code.labs.s02.replies_of([]) == []


@pytest.mark.exercise(
    "2.8",
    why="A server quotes what a client sent, so a line may hold bytes that are not UTF-8. `decode` puts "
    "U+FFFD in their place; a plain decode() raises, and the client loses its connection.",
)
def test_a_line_that_is_not_text(code):
    """A status and an error of any bytes are read."""
    stream = [b"-ERR '\xff'\r\n+\xfe\r\n:1\r\n"]
    assert code.labs.s02.replies_of(stream) == ["-ERR '\ufffd'", "+\ufffd", 1]


@pytest.mark.exercise(
    "2.8",
    why="A piece may end anywhere: in a length, between CR and LF, in the middle of an array of arrays. "
    "What you know by then has to be there when the next piece comes.",
)
def test_replies_cut_anywhere(code, cuts):
    """However the stream is cut, the same replies come out."""
    for pieces in cuts(STREAM):
        assert code.labs.s02.replies_of(pieces) == VALUES
    assert code.labs.s02.replies_of([b"+O", b"", b"K\r\n", b"", b""]) == ["+OK"]


@pytest.mark.exercise(
    "2.8",
    why="A server that waits for the next request sends nothing more. If you ask for another piece "
    "before you hand out the reply that is complete, both wait for ever.",
)
def test_a_reply_comes_out_as_soon_as_it_is_complete(code):
    """When a reply comes, no piece after its last one has been taken."""
    pieces = [b"+OK\r\n", b"$5\r\nhe", b"llo\r\n:1\r\n", b"*1\r\n", b":2\r", b"\n", b"*0\r\n"]
    assert code.labs.s02.pieces_taken(pieces) == [1, 3, 3, 6, 7]


@pytest.mark.exercise(
    "2.8",
    why="When the pieces end between two replies, all is well. Anywhere else half a reply is lost, and "
    "whoever asked would take a shorter answer for the whole.",
)
@pytest.mark.parametrize(
    "rest", [b"+", b"+OK\r", b"$5\r\nhell", b"$5\r\nhello", b"*2\r\n:1\r\n", b"*1\r\n", b"$", b"*1"]
)
def test_an_end_in_the_middle_of_a_reply(code, rest):
    """The replies before come out, then there is a ProtocolError."""
    assert code.labs.s02.replies_of([b"+OK\r\n:1\r\n" + rest]) == ["+OK", 1, "!"]
    assert code.labs.s02.replies_of([b"+OK\r\n", b":1\r\n", rest]) == ["+OK", 1, "!"]


@pytest.mark.exercise(
    "2.8",
    why="Bytes that are not RESP are never skipped: after them, nobody knows where a reply begins.",
)
@pytest.mark.parametrize(
    "rest",
    [
        b"hello\r\n",
        b":x\r\n",
        b":+7\r\n",
        b"$1_0\r\n0123456789\r\n",
        b"$x\r\n",
        b"$-2\r\n",
        b"*-2\r\n",
        b"$2\r\nabc\r\n",
        b"\r\n",
    ],
)
def test_bytes_that_are_not_resp(code, rest):
    """The replies before come out, then there is a ProtocolError."""
    assert code.labs.s02.replies_of([b"+OK\r\n" + rest + b":1\r\n"]) == ["+OK", "!"]


@pytest.mark.exercise(
    "2.8",
    why="If each piece makes you read the array again from its first item, four times as many items "
    "are sixteen times the work. Go on from where the last piece ended.",
)
@pytest.mark.parametrize("lists", [1, 20])
def test_the_work_grows_with_the_number_of_items(code, lists):
    """Four times as many items, in four times as many pieces, take at most seven times the calls."""
    small, large = (code.labs.s02.calls_for_replies(items, lists) for items in (100, 400))
    assert large < 7 * small


@pytest.mark.exercise(
    "2.8",
    why="`bytes + bytes` copies both, and a slice up to the end copies the rest. Once for each piece, "
    "or for each reply, that is a square. A bytearray grows in place; drop its used-up part once a "
    "piece.",
)
@pytest.mark.parametrize(
    ("data", "length"),
    [(b"$400000\r\n" + b"x" * 400_000 + b"\r\n", 1000), (b":1\r\n" * 5000, 20_000)],
    ids=["a long string", "many replies"],
)
def test_each_byte_is_copied_a_few_times_at_most(code, data, length):
    """The bytes that are copied are at most ten times those that came."""
    assert code.labs.s02.copied_by_replies(data, length) < 10 * len(data)


@pytest.mark.exercise(
    "2.8",
    why="A client may run for days. Drop what is used up, or it keeps every byte that it ever got.",
)
def test_only_the_rest_is_kept(code):
    """To read two megabytes of replies takes much less memory than that."""
    pieces = [b"$992\r\n" + b"x" * 992 + b"\r\n"] * 2000
    assert code.labs.s02.memory_for_replies(pieces) < 500_000


@pytest.mark.exercise(
    "2.8",
    why="A count is a promise, and a line of ten bytes can promise a million items. Use memory for an "
    "item when it has come.",
)
def test_a_promised_array_takes_no_memory(code):
    """An array that promises a million items takes memory only for those that have come."""
    assert code.labs.s02.memory_for_replies([b"*1000000\r\n", b":1\r\n:2\r\n"]) < 100_000


@pytest.mark.exercise(
    "2.8", why="`ask` sends the request, and prints the first of `replies(pieces)`."
)
def test_a_client_of_a_few_lines(server, command):
    """`ask hello world` prints what the server of step 2 replies."""
    done = command("s02", "ask", "--port", server("s02").port, "hello", "world")
    assert (done.stdout, done.returncode) == ("[b'hello', b'world']\n", 0), done.stderr
