"""What is given: the kinds of value that RESP3 added, and what RESP2 makes of them."""

from __future__ import annotations

import pytest

# What redis-server 7.0.15 sends for DEBUG PROTOCOL <name>, before HELLO 3 and after it.
RECORDED = {
    "string": (b"$11\r\nHello World\r\n", b"$11\r\nHello World\r\n"),
    "integer": (b":12345\r\n", b":12345\r\n"),
    "double": (b"$5\r\n3.141\r\n", b",3.141\r\n"),
    "null": (b"$-1\r\n", b"_\r\n"),
    "array": (b"*3\r\n:0\r\n:1\r\n:2\r\n", b"*3\r\n:0\r\n:1\r\n:2\r\n"),
    "set": (b"*3\r\n:0\r\n:1\r\n:2\r\n", b"~3\r\n:0\r\n:1\r\n:2\r\n"),
    "map": (
        b"*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n",
        b"%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
    ),
    "verbatim": (
        b"$25\r\nThis is a verbatim\nstring\r\n",
        b"=29\r\ntxt:This is a verbatim\nstring\r\n",
    ),
    "true": (b":1\r\n", b"#t\r\n"),
    "false": (b":0\r\n", b"#f\r\n"),
}
VALUES = {
    "string": b"Hello World",
    "integer": 12345,
    "double": 3.141,
    "null": None,
    "array": [0, 1, 2],
    "set": {0, 1, 2},
    "map": {0: False, 1: True, 2: False},
    "true": True,
    "false": False,
}
# The same for scripts: EVAL "return ..." 0.
DOUBLES = [
    (3.0, b"$1\r\n3\r\n", b",3\r\n"),
    (0.1, b"$19\r\n0.10000000000000001\r\n", b",0.10000000000000001\r\n"),
    (1e300, b"$23\r\n1.0000000000000001e+300\r\n", b",1.0000000000000001e+300\r\n"),
    (float("inf"), b"$3\r\ninf\r\n", b",inf\r\n"),
    (float("-inf"), b"$4\r\n-inf\r\n", b",-inf\r\n"),
]
ATTRIBUTE = b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
REFUSED = [
    *(b"_x\r\n", b"#x\r\n", b"#\r\n", b",\r\n", b",x\r\n", b",1_0\r\n", b", 1\r\n", b",1e\r\n"),
    *(b"(\r\n", b"(1_0\r\n", b"(12x\r\n", b"(" + b"1" * 5000 + b"\r\n", b"=3\r\ntxt\r\n"),
    *(
        b"=-1\r\n",
        b"=4\r\ntxt:XX",
        b"!-1\r\n",
        b"!2\r\nERRO\r\n",
        b"%-1\r\n",
        b"~-1\r\n",
        b"%x\r\n",
    ),
    *(b">-1\r\n", b"|-1\r\n", b"?\r\n", b"\r\n", b"\xff\r\n", b"~1\r\n_", b"*1\r\n" * 5000),
]


@pytest.mark.parametrize("name", VALUES)
def test_encoding(code, name):
    """Each kind of value is sent as redis-server sends it, in RESP2 and in RESP3."""
    resp2, resp3 = RECORDED[name]
    assert code.s02.encode(VALUES[name]) == resp2
    assert code.s02.encode(VALUES[name], 3) == resp3


def test_encoding_a_verbatim_text(code):
    """A text with a format is a bulk string in RESP2."""
    text = code.s02.Verbatim(b"This is a verbatim\nstring")
    assert code.s02.encode(text) == RECORDED["verbatim"][0]
    assert code.s02.encode(text, 3) == RECORDED["verbatim"][1]


@pytest.mark.parametrize(("value", "resp2", "resp3"), DOUBLES)
def test_encoding_a_double(code, value, resp2, resp3):
    """A double has 17 digits, as redis-server 7.0 writes it."""
    assert code.s02.encode(value) == resp2
    assert code.s02.encode(value, 3) == resp3


def test_encoding_a_push(code):
    """A push is an array with another marker."""
    push = code.s02.Push([b"message", b"news", 1])
    assert code.s02.encode(push, 3) == b">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n:1\r\n"
    assert code.s02.encode(push) == b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n:1\r\n"


def test_encoding_null_arrays(code):
    """RESP2 has a null array besides the null string; RESP3 has one null."""
    assert code.s02.encode(code.s02.NULL_ARRAY) == b"*-1\r\n"
    assert code.s02.encode(code.s02.NULL_ARRAY, 3) == b"_\r\n"


def test_encoding_several_replies(code):
    """Several replies to one request come one after the other; there may be none."""
    replies = code.s02.Replies([code.s02.Push([b"a"]), 1, None])
    assert code.s02.encode(replies) == b"*1\r\n$1\r\na\r\n:1\r\n$-1\r\n"
    assert code.s02.encode(replies, 3) == b">1\r\n$1\r\na\r\n:1\r\n_\r\n"
    assert code.s02.encode(code.s02.Replies()) == b""


def test_encoding_what_is_no_reply(code):
    """A text that is not a status is a bug of the server, and reported as one."""
    with pytest.raises(TypeError, match="no reply may hold a str"):
        code.s02.encode(["text"])


@pytest.mark.parametrize("name", VALUES)
def test_decoding(code, name):
    """Each kind of value is read back from the bytes of redis-server."""
    value = code.s02.decode(RECORDED[name][1])
    assert value == VALUES[name]
    assert type(value) is type(VALUES[name])


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (b"(1234567999999999999999999999999999999\r\n", 1234567999999999999999999999999999999),
        (b"(-12\r\n", -12),
        (b",-1.5e-3\r\n", -0.0015),
        (b",10\r\n", 10.0),
        (b",-inf\r\n", float("-inf")),
        (b"~0\r\n", set()),
        (b"%0\r\n", {}),
        (b"%1\r\n$1\r\nk\r\n*2\r\n:1\r\n~1\r\n:2\r\n", {b"k": [1, {2}]}),
        (b"~2\r\n*1\r\n:1\r\n%1\r\n:2\r\n*0\r\n", {(1,), ((2, ()),)}),
        (b"%1\r\n*1\r\n~1\r\n:1\r\n:2\r\n", {(frozenset([1]),): 2}),
        (ATTRIBUTE + b"$5\r\nreply\r\n", b"reply"),
        (b"*2\r\n" + ATTRIBUTE + b":1\r\n:2\r\n", [1, 2]),
    ],
)
def test_decoding_more(code, wire, value):
    """Big numbers, doubles, sets of arrays, and attributes, which are passed by."""
    assert code.s02.decode(wire) == value


def test_decoding_texts(code):
    """A verbatim text keeps its format, a long error may have more than one line."""
    text = code.s02.Verbatim(b"This is a verbatim\nstring", b"txt")
    assert code.s02.decode(RECORDED["verbatim"][1]) == text
    error = code.s02.CommandError("SYNTAX one\r\ntwo")
    assert code.s02.decode(b"!15\r\nSYNTAX one\r\ntwo\r\n") == error
    assert code.s02.decode(b">2\r\n+a\r\n:1\r\n") == code.s02.Push(["a", 1])
    assert code.s02.decode(b",nan\r\n") != code.s02.decode(b",nan\r\n")


@pytest.mark.parametrize("wire", [wire for _, wire in RECORDED.values()] + [ATTRIBUTE + b":1\r\n"])
def test_half_a_value(code, wire):
    """Wherever the bytes of a value of RESP3 end too early, more are needed."""
    for end in range(len(wire)):
        assert code.labs.s02.is_half(wire[:end]), wire[:end]
        assert code.labs.s02.is_half(b"*2\r\n:1\r\n" + wire[:end])


@pytest.mark.parametrize("data", REFUSED)
def test_bytes_that_are_no_value(code, data):
    """Bytes that are not RESP3 are refused, whatever is wrong with them."""
    assert "Protocol error" in code.labs.s02.refused_value(data)


@pytest.fixture
def redis(redis_server):
    """Asks a real redis-server for a value by its name, in protocol 2 or 3; returns the bytes."""
    server = redis_server("--enable-debug-command", "yes")

    def ask(protocol, *words):
        with server.client() as client:
            client.ask("HELLO", protocol)
            client.send(b"*%d\r\n" % len(words))
            for word in words:
                client.send(b"$%d\r\n%b\r\n" % (len(word), word.encode()))
            return client.read_raw()

    return ask


def test_redis_sends_the_same(redis):
    """A real redis-server sends these bytes still."""
    for name, (resp2, resp3) in RECORDED.items():
        assert redis(2, "DEBUG", "PROTOCOL", name) == resp2
        assert redis(3, "DEBUG", "PROTOCOL", name) == resp3
    for value, resp2, resp3 in DOUBLES:
        number = f"{'-' if value < 0 else ''}1/0" if abs(value) > 1e308 else repr(value)
        assert redis(2, "EVAL", f"return {{double={number}}}", "0") == resp2
        assert redis(3, "EVAL", f"return {{double={number}}}", "0") == resp3
