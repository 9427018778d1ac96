"""Exercises 2.1 to 2.3: values become bytes."""

from __future__ import annotations

import pytest

STATUSES = [("OK", b"+OK\r\n"), ("FINE", b"+FINE\r\n"), ("", b"+\r\n")]
ERRORS = [
    ("ERR no such key", b"-ERR no such key\r\n"),
    ("WRONGTYPE not a list", b"-WRONGTYPE not a list\r\n"),
]
NUMBERS = [
    (0, b":0\r\n"),
    (-7, b":-7\r\n"),
    (2**63 - 1, b":9223372036854775807\r\n"),
    (-(2**63), b":-9223372036854775808\r\n"),
]
BROKEN_LINES = [
    ("ERR one\r\ntwo", b"-ERR one  two\r\n"),
    ("ERR one\ntwo", b"-ERR one two\r\n"),
    ("ERR one\rtwo", b"-ERR one two\r\n"),
    ("ERR one\r\ntwo\nthree\rfour\n\r", b"-ERR one  two three four  \r\n"),
]
BULKS = [
    (b"key", b"$3\r\nkey\r\n"),
    (b"two words", b"$9\r\ntwo words\r\n"),
    (b"0", b"$1\r\n0\r\n"),
    (b"a\r\nb", b"$4\r\na\r\nb\r\n"),
    (b"$5\r\nhello\r\n", b"$11\r\n$5\r\nhello\r\n\r\n"),
    (b"twelve bytes", b"$12\r\ntwelve bytes\r\n"),
    (b"\x00 \r\n\x00", b"$5\r\n\x00 \r\n\x00\r\n"),
]
ARRAYS = [
    ([1], b"*1\r\n:1\r\n"),
    ([b"a", b"b"], b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
    ([1, b"a", None], b"*3\r\n:1\r\n$1\r\na\r\n$-1\r\n"),
    ([1, [b"a", None]], b"*2\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n"),
    ([[], [[]]], b"*2\r\n*0\r\n*1\r\n*0\r\n"),
    ([[1], [2], []], b"*3\r\n*1\r\n:1\r\n*1\r\n:2\r\n*0\r\n"),
]

LINE_WHY = (
    "One byte says what kind of line it is: + a status, - an error, : an integer. Then comes the "
    "text and CRLF, that is \\r\\n, both of them; and all of it is bytes, not str."
)


@pytest.mark.exercise("2.1", why=LINE_WHY)
@pytest.mark.parametrize(("text", "wire"), STATUSES)
def test_a_status(code, text, wire):
    """A status is a plus, its text and CRLF."""
    assert code.s02.encode(code.s02.SimpleString(text)) == wire


@pytest.mark.exercise(
    "2.1",
    why="str(error) is the whole line. Its first word tells programs what went wrong, and it is "
    "not always ERR: an ERR put in front of WRONGTYPE hides that word from them.",
)
@pytest.mark.parametrize(("text", "wire"), ERRORS)
def test_an_error(code, text, wire):
    """An error is a minus, its text as it is, and CRLF."""
    assert code.s02.encode(code.s02.CommandError(text)) == wire


@pytest.mark.exercise(
    "2.1",
    why="A ProtocolError is a CommandError too, and a later step may derive more kinds. "
    "`isinstance` is true of all of them; `type(value) is CommandError` is not, and the client "
    "takes the error for a status, for success.",
)
def test_an_error_of_a_derived_class(code):
    """A ProtocolError is sent as an error like any other."""
    error = code.s02.values.ProtocolError("bad")
    assert code.s02.encode_line(error) == b"-ERR Protocol error: bad\r\n"


@pytest.mark.exercise("2.1", why=LINE_WHY)
@pytest.mark.parametrize(("number", "wire"), NUMBERS)
def test_an_integer(code, number, wire):
    """An integer is a colon, its decimal digits and CRLF."""
    assert code.s02.encode(number) == wire


@pytest.mark.exercise(
    "2.1",
    why="An error often quotes what the client sent. With a newline in it the line ends early, "
    "and the client takes the rest for the next reply, so anyone can forge replies. Each CR and "
    "each LF becomes a space, even if they do not come as a pair.",
)
@pytest.mark.parametrize(("text", "wire"), BROKEN_LINES)
def test_a_newline_forges_no_reply(code, text, wire):
    """A CR or LF inside an error becomes a space."""
    assert code.s02.encode(code.s02.CommandError(text)) == wire


@pytest.mark.exercise(
    "2.1",
    why="On the wire there are bytes. Text becomes UTF-8, and loses nothing: ASCII has no é, and "
    "errors='replace' turns it into a question mark.",
)
def test_text_is_utf_8(code):
    """Text that is not ASCII is sent as UTF-8."""
    assert code.s02.encode(code.s02.CommandError("ERR café")) == b"-ERR caf\xc3\xa9\r\n"
    assert code.s02.encode(code.s02.SimpleString("日本")) == b"+\xe6\x97\xa5\xe6\x9c\xac\r\n"


@pytest.mark.exercise(
    "2.1",
    why="Only CR and LF end a line in RESP. For Python's splitlines() and for \\s in a pattern "
    "there are more of them, such as U+2028 and the form feed: those are the client's own, and "
    "stay.",
)
def test_other_white_space_stays(code):
    """A tab, a form feed and a line separator are sent as they are."""
    text = "ERR a\tb\x0b\x0cc\x85d\u2028e  "
    assert code.s02.encode(code.s02.CommandError(text)) == b"-%b\r\n" % text.encode()


@pytest.mark.exercise("2.1", why="A status is a line too, so the same holds for a newline in it.")
def test_a_newline_in_a_status(code):
    """A CR or LF inside a status becomes a space."""
    status = code.s02.SimpleString("one\r\n$3\r\ntwo")
    assert code.s02.encode(status) == b"+one  $3  two\r\n"


@pytest.mark.exercise(
    "2.1",
    why="An error repeats the client's own words, and a client may send any bytes. `text_of` makes a "
    "surrogate of each byte that is not UTF-8, and only the error handler `surrogateescape` turns it "
    "back; a plain `encode()` raises, and the client gets no reply at all.",
)
@pytest.mark.parametrize("word", [b"FOO\xff", b"\xc3(", b"\x01\x80", b"caf\xc3\xa9 \xe9"])
def test_bytes_that_are_no_text(code, word):
    """A word of any bytes, quoted in an error, is sent back as it came."""
    error = code.s02.CommandError(f"ERR unknown command '{code.s02.text_of(word)}'")
    assert code.s02.encode(error) == b"-ERR unknown command '%b'\r\n" % word


@pytest.mark.exercise("2.1", why="RESP3 has the same three lines: `protocol` changes nothing here.")
def test_lines_are_the_same_in_resp3(code):
    """Status, error and integer look the same in RESP3."""
    assert code.s02.encode(code.s02.OK, 3) == b"+OK\r\n"
    assert code.s02.encode(code.s02.CommandError("ERR no"), 3) == b"-ERR no\r\n"
    assert code.s02.encode(12, 3) == b":12\r\n"


BULK_WHY = (
    "The length comes first, in bytes and without the two CRLFs. It says where the string ends, so "
    "the string may hold anything, CRLF too, and nothing in it is escaped."
)


@pytest.mark.exercise("2.2", why=BULK_WHY)
@pytest.mark.parametrize(("value", "wire"), BULKS)
def test_a_bulk_string(code, value, wire):
    """A bulk string is its length and its bytes."""
    assert code.s02.encode(value) == wire
    assert code.s02.encode(value, 3) == wire


@pytest.mark.exercise(
    "2.2",
    why="A value is bytes: not every sequence of bytes is text, and a character may take up to "
    "four of them. `len` of a str counts characters, and the client waits for bytes that never "
    "come.",
)
def test_the_length_counts_bytes(code):
    """The length counts bytes, and a bulk string may contain any byte."""
    assert code.s02.encode("naïve €".encode()) == b"$10\r\nna\xc3\xafve \xe2\x82\xac\r\n"
    everything = bytes(range(256))
    assert code.s02.encode(everything) == b"$256\r\n" + everything + b"\r\n"


@pytest.mark.exercise(
    "2.2",
    why="A string may have any length, up to 512 MB. HEADERS holds the first lines of short "
    "strings only: for a longer one, write the number yourself.",
)
@pytest.mark.parametrize("length", [1024, 1025, 100_000])
def test_a_long_string(code, length):
    """A string of any length is encoded."""
    assert code.s02.encode(b"x" * length) == b"$%d\r\n" % length + b"x" * length + b"\r\n"


@pytest.mark.exercise(
    "2.2",
    why="b'' is false in Python, and so is None; but 'exists, and is empty' and 'does not exist' "
    "are different answers. Test `value is None`.",
)
def test_empty_is_not_null(code):
    """An empty string is a string of length 0, and not null."""
    assert code.s02.encode(b"") == b"$0\r\n\r\n"
    assert code.s02.encode(b"", 3) == b"$0\r\n\r\n"


@pytest.mark.exercise(
    "2.2",
    why="RESP2 has no null of its own, so it takes a bulk string of length -1, without a second "
    "CRLF. RESP3 has the type _ for it.",
)
def test_null(code):
    """Null is $-1 in RESP2 and _ in RESP3."""
    assert code.s02.encode(None) == b"$-1\r\n"
    assert code.s02.encode(None, 3) == b"_\r\n"


@pytest.mark.exercise(
    "2.3",
    why="An array without items is *0, and that is all of it. *-1 is something else: a null, not "
    "an array.",
)
def test_an_empty_array_is_not_null(code):
    """An empty array is *0, and not null."""
    assert code.s02.encode([]) == b"*0\r\n"
    assert code.s02.encode([], 3) == b"*0\r\n"
    assert code.s02.encode([[], None]) == b"*2\r\n*0\r\n$-1\r\n"


@pytest.mark.exercise(
    "2.3",
    why="The count is the number of items of this array. An inner array counts as one, and has "
    "its own count.",
)
@pytest.mark.parametrize(("items", "wire"), ARRAYS)
def test_an_array(code, items, wire):
    """An array is its count and then its items, other arrays among them."""
    assert code.s02.encode(items) == wire


@pytest.mark.exercise(
    "2.3",
    why="`encode` knows every kind of value: call it for each item. An array may hold a status or "
    "an error as well as strings.",
)
def test_an_item_may_be_of_any_kind(code):
    """An array may contain a status and an error."""
    error = code.s02.CommandError("ERR no")
    assert code.s02.encode([code.s02.OK, error, -1]) == b"*3\r\n+OK\r\n-ERR no\r\n:-1\r\n"


@pytest.mark.exercise(
    "2.3",
    why="The items travel in the protocol of the array. If `protocol` is not passed on, a RESP3 "
    "client finds RESP2's nulls inside.",
)
def test_the_protocol_reaches_the_items(code):
    """The items are encoded in the protocol of their array, at any depth."""
    assert code.s02.encode([None, [None, [2.5]]], 3) == b"*2\r\n_\r\n*2\r\n_\r\n*1\r\n,2.5\r\n"
    assert code.s02.encode([None, [None]], 2) == b"*2\r\n$-1\r\n*1\r\n$-1\r\n"


@pytest.mark.exercise(
    "2.3",
    why="`encode` goes by the exact type of each item. If you ask whether it is bytes, a list or "
    "a set yourself, you miss what is derived from them: Encoded is bytes that are RESP already, "
    "as EXEC collects them, and a set has a marker of its own in RESP3.",
)
def test_encode_decides_what_an_item_is(code):
    """A reply that is encoded already is taken as it is, and a set is a set."""
    ready = code.s02.values.Encoded(b":1\r\n")
    assert code.s02.encode([ready, b":1"]) == b"*2\r\n:1\r\n$2\r\n:1\r\n"
    assert code.s02.encode([{1}, [1]], 3) == b"*2\r\n~1\r\n:1\r\n*1\r\n:1\r\n"


@pytest.mark.exercise(
    "2.3",
    why="A reply is bytes, which nobody can change afterwards. A bytearray is a good place to "
    "collect them: return `bytes(...)` of it.",
)
def test_the_reply_is_bytes(code):
    """What comes out is bytes, not a bytearray."""
    assert code.labs.s02.type_of_array([b"a"]) == "bytes"


@pytest.mark.exercise(
    "2.3", why="One array in another, a hundred times: `encode` calls itself through encode_array."
)
def test_arrays_a_hundred_deep(code):
    """Arrays may be nested a hundred deep."""
    value = 7
    for _ in range(100):
        value = [value]
    assert code.s02.encode(value) == b"*1\r\n" * 100 + b":7\r\n"


@pytest.mark.exercise(
    "2.3",
    why="`result += item`, or any other way to make new bytes of those so far, copies the whole "
    "result for every item: a reply of 2 000 items is copied a thousand times over. Collect the "
    "pieces in a list and join them once.",
)
def test_a_long_array_is_copied_once(code, seed):
    """However many items there are, their bytes are copied a few times at most."""
    items, length = 500 + seed % 500, 100 + seed % 77
    assert code.labs.s02.copied_by_encode_array(items, length) <= 3 * items * (length + 10)


@pytest.mark.exercise(
    "2.3",
    why="`items` is any iterable. A generator or an iterator can be walked through once, and has "
    "no len(): if you count it first, there is nothing left to encode.",
)
def test_items_that_can_be_walked_through_once(code):
    """Items that come from a generator are all counted and all encoded."""
    assert (
        code.labs.s02.encoded_once([b"a", b"bc", b""]) == b"*3\r\n$1\r\na\r\n$2\r\nbc\r\n$0\r\n\r\n"
    )
    assert code.labs.s02.encoded_once([]) == b"*0\r\n"


# ---------------------------------------------------------------- what is given


@pytest.mark.parametrize(("value", "wire"), BULKS + ARRAYS + NUMBERS[:2])
def test_redis_sends_the_same_value(redis_server, value, wire):
    """A real redis-server sends these bytes for these values."""
    assert said(redis_server, lua(value)) == wire


def test_redis_sends_the_same_line(redis_server):
    """A real redis-server sends these bytes for these lines."""
    for text, wire in STATUSES:
        assert said(redis_server, f"redis.status_reply({lua(text.encode())})") == wire
    for text, wire in [*ERRORS, *BROKEN_LINES[:3]]:
        assert said(redis_server, f"redis.error_reply({lua(text.encode())})") == wire


def said(redis_server, script):
    """The bytes with which redis-server answers a script that returns a value."""
    client = redis_server().client()
    client.send(
        b"*3\r\n$4\r\nEVAL\r\n$%d\r\nreturn %b\r\n$1\r\n0\r\n" % (len(script) + 7, script.encode())
    )
    return client.read_raw()


def lua(value):
    """A value as Lua writes it, in ASCII; null is false there."""
    match value:
        case None:
            return "false"
        case int():
            return str(value)
        case bytes():
            return "'" + "".join(f"\\{byte:03}" for byte in value) + "'"
        case list():
            return "{" + ",".join(map(lua, value)) + "}"
