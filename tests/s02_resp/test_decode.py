"""Exercise 2.4: bytes become values, one whole value at a time."""

from __future__ import annotations

import pytest

NESTED = b"*4\r\n:1\r\n*2\r\n$4\r\na\r\nb\r\n+OK\r\n$-1\r\n*1\r\n*0\r\n"


@pytest.mark.exercise(
    "2.4",
    why="One buffer may hold several values. Begin at `start`, and return where this value ends: "
    "after its last CRLF, counted from the beginning of the buffer.",
)
def test_where_a_value_ends(code):
    """A value is read where it begins, and the position after it is returned."""
    data = b":7\r\n$1\r\na\r\n" + NESTED + b"$-1\r\n+OK\r\n"
    starts, values = [0], []
    while starts[-1] < len(data):
        value, end = code.s02.decode_at(data, starts[-1])
        starts.append(end)
        values.append(value)
    assert starts == [0, 4, 11, 11 + len(NESTED), 16 + len(NESTED), len(data)]
    assert values[:2] == [7, b"a"]
    assert values[3] is None


@pytest.mark.exercise(
    "2.4",
    why="The first byte of the line says what the rest of it means: a number, a length, a count, "
    "or a text.",
)
@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (b":7\r\n", 7),
        (b":-9223372036854775808\r\n", -(2**63)),
        (b"$5\r\nhello\r\n", b"hello"),
        (b"$12\r\ntwelve bytes\r\n", b"twelve bytes"),
        (b"*2\r\n:1\r\n$1\r\na\r\n", [1, b"a"]),
        (b"*0\r\n", []),
        (b"*3\r\n*1\r\n:1\r\n*0\r\n:3\r\n", [[1], [], 3]),
    ],
)
def test_one_whole_value(code, wire, value):
    """Integers, bulk strings and arrays become int, bytes and list."""
    assert code.s02.decode(wire) == value


@pytest.mark.exercise(
    "2.4",
    why="A status becomes a SimpleString and an error a CommandError, not a str or bytes: the "
    "caller wants to know which it was.",
)
def test_lines(code):
    """A status and an error are distinguished from a string."""
    assert code.s02.decode(b"+OK\r\n") == code.s02.SimpleString("OK")
    assert code.s02.decode(b"-ERR no such key\r\n") == code.s02.CommandError("ERR no such key")
    for wire in (b"+OK\r\n", b"-ERR no such key\r\n", b"$2\r\nOK\r\n", b"+\r\n"):
        assert code.s02.encode(code.s02.decode(wire)) == wire


@pytest.mark.exercise(
    "2.4",
    why="Text is UTF-8, but a status or an error may contain any bytes. One bad byte must not end "
    "the client: it becomes U+FFFD.",
)
def test_text_that_is_no_text(code):
    """Bytes that are not UTF-8 become U+FFFD in a line."""
    assert code.s02.decode(b"+\xff caf\xc3\xa9\r\n") == code.s02.SimpleString("\ufffd café")
    assert code.s02.decode(b"-ERR caf\xc3\xa9\r\n") == code.s02.CommandError("ERR café")
    assert code.s02.decode(b"-ERR \xff?\r\n") == code.s02.CommandError("ERR \ufffd?")


@pytest.mark.exercise(
    "2.4",
    why="The length says where a bulk string ends. If you look for the next CRLF instead, or "
    "split the data at each, you find the one inside.",
)
@pytest.mark.parametrize(
    "value", [b"\r\n", b"a\r\nb", b"$3\r\nfoo\r\n", b"\r\n\r\n", b"\r", bytes(range(256))]
)
def test_a_crlf_inside_a_bulk_string(code, value):
    """A bulk string may hold CRLF, or whatever looks like RESP."""
    wire = b"$%d\r\n%b\r\n" % (len(value), value)
    assert code.s02.decode(wire) == value
    assert code.s02.decode(b"*2\r\n%b:1\r\n" % wire) == [value, 1]


@pytest.mark.exercise(
    "2.4",
    why="Three answers that are easy to mix up: $0 is an empty string, $-1 is null, *-1 is a null "
    "where an array was expected. Neither a test for truth nor `< 1` can tell them apart.",
)
def test_empty_and_null(code):
    """Empty string, empty array, null and null array are four values."""
    assert code.s02.decode(b"$0\r\n\r\n") == b""
    assert code.s02.decode(b"*0\r\n") == []
    assert code.s02.decode(b"$-1\r\n") is None
    assert code.s02.decode(b"*-1\r\n") == code.s02.NULL_ARRAY
    assert code.s02.decode(b"*3\r\n$-1\r\n$0\r\n\r\n*0\r\n") == [None, b"", []]


@pytest.mark.exercise(
    "2.4",
    why="The bytes may end anywhere. That is not an error: the rest has not arrived yet, and "
    "NEED_MORE says so. In an array, each item may return it, and then the array returns it too.",
)
def test_half_a_value(code):
    """Wherever the bytes end too early, NEED_MORE is returned."""
    for end in range(len(NESTED)):
        assert code.labs.s02.is_half(NESTED[:end]), NESTED[:end]
    assert not code.labs.s02.is_half(NESTED)


@pytest.mark.exercise(
    "2.4",
    why="The NEED_MORE of an item is not an item. Unpack what decode_at returned only after you "
    "have checked that it is not NEED_MORE.",
)
@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n",
        b"*2\r\n:1\r\n",
        b"*1\r\n*1\r\n",
        b"*2\r\n*1\r\n$3\r\nab",
        b"*1\r\n*1\r\n*1\r\n:1\r",
    ],
)
def test_half_an_array(code, data):
    """An array of which an item is missing is not whole, at any depth."""
    assert code.labs.s02.is_half(data)


@pytest.mark.exercise(
    "2.4",
    why="`data[after:]` copies the rest for each item: a reply of 1 000 items is copied some five "
    "hundred times over. Pass on the whole `data`, with the position where the item begins.",
)
def test_a_long_array_is_read_where_it_lies(code, seed):
    """However many items an array has, its bytes are copied a few times at most."""
    items, length = 500 + seed % 500, 100 + seed % 77
    assert code.labs.s02.copied_by_decode(items, length) <= 4 * items * (length + 10)


@pytest.mark.exercise(
    "2.4",
    why="Twelve bytes can promise two billion items. A list made for all of them before the "
    "first has come takes gigabytes: append each item when it is there.",
)
def test_a_promise_takes_no_memory(code):
    """An array that promises a million items takes memory only for those that have come."""
    assert code.labs.s02.memory_for(b"*1000000\r\n:1\r\n:2\r\n") < 100_000


@pytest.mark.exercise(
    "2.4",
    why="A bulk string is whole when its two last bytes are there as well: the CRLF. Without them "
    "the next value would begin with the rest of this one.",
)
def test_the_last_crlf_belongs_to_it(code):
    """A bulk string without its CRLF is not whole."""
    assert code.labs.s02.is_half(b"$5\r\nhello")
    assert code.labs.s02.is_half(b"$5\r\nhello\r")
    assert code.s02.decode_at(b"$5\r\nhello\r\n", 0)[1] == 11


@pytest.mark.exercise(
    "2.4",
    why="After the bytes of a bulk string comes CRLF. If anything else is there, the length was "
    "wrong, and every value from here on would be read at the wrong place. It is better to say so.",
)
@pytest.mark.parametrize("data", [b"$5\r\nhelloXX", b"$4\r\nhello\r\n", b"*1\r\n$2\r\nabc\r\n"])
def test_a_length_that_lies(code, data):
    """A bulk string that does not end in CRLF is refused."""
    assert "Protocol error" in code.labs.s02.refused_value(data)


@pytest.mark.exercise(
    "2.4",
    why="int() accepts more than digits: ' 7', '+7', '1_0', and digits of every script. "
    "read_integer and read_length accept what Redis accepts, and raise ProtocolError for the rest.",
)
@pytest.mark.parametrize("number", [b" 5", b"+5", b"0_5", b"05", b"", b"5.0", b"five", b"5 ", b"-"])
def test_a_number_that_is_none(code, number):
    """A length, a count or an integer that is not a decimal number is refused."""
    assert "Protocol error" in code.labs.s02.refused_value(b"$" + number + b"\r\nhello\r\n")
    assert "Protocol error" in code.labs.s02.refused_value(b"*" + number + b"\r\n" + b":1\r\n" * 5)
    assert "Protocol error" in code.labs.s02.refused_value(b":" + number + b"\r\n")


@pytest.mark.exercise(
    "2.4",
    why="-1 is the only length below 0 that means something. Taken for a length, -3 points back "
    "into bytes that were already read, and the reader goes in circles.",
)
@pytest.mark.parametrize("data", [b"$-2\r\n", b"*-2\r\n", b"$-3\r\n\r\n", b"*1\r\n$-9\r\n"])
def test_a_negative_length(code, data):
    """A length or count below -1 is refused."""
    assert "Protocol error" in code.labs.s02.refused_value(data)


@pytest.mark.exercise(
    "2.4",
    why="Anything that is not one of RESP2's five kinds goes to decode_resp3, which knows the "
    "others.",
)
def test_the_other_kinds(code):
    """The kinds of RESP3 are read too, and an unknown kind is refused."""
    wire = b"*2\r\n#t\r\n%1\r\n$1\r\nk\r\n,2.5\r\n"
    assert code.s02.decode(wire) == [True, {b"k": 2.5}]
    assert code.labs.s02.is_half(b"*2\r\n%1\r\n+k\r\n")
    assert "unknown type byte" in code.labs.s02.refused_value(b"?3\r\n")
    assert "unknown type byte" in code.labs.s02.refused_value(b"hello\r\n")


@pytest.mark.exercise(
    "2.4",
    why="`decode` wants one whole value, and checks this by the end that decode_at returns.",
)
def test_one_value_and_no_more(code):
    """Bytes that are missing or left over are refused by decode."""
    assert code.s02.decode(NESTED)[0] == 1
    assert "left over" in code.labs.s02.refused_value(b":1\r\n:2\r\n")
    assert "too early" in code.labs.s02.refused_value(b"$5\r\nhel")
