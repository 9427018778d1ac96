"""What holds for every value and every talk, tried with values that nobody thought of."""

from __future__ import annotations

import pytest

hypothesis = pytest.importorskip(
    "hypothesis", reason="hypothesis is not installed; `pip install hypothesis` brings it"
)
st = hypothesis.strategies

INT64 = st.integers(-(2**63), 2**63 - 1)
RESP2 = st.recursive(
    st.none() | INT64 | st.binary(), lambda inner: st.lists(inner, max_size=5), max_leaves=20
)
KEYS = INT64.filter(lambda number: number not in (0, 1)) | st.binary()  # 0 == False, 1 == True
RESP3 = st.recursive(
    st.none() | INT64 | st.binary() | st.booleans() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.sets(KEYS, max_size=5)
    ),
    max_leaves=20,
)
WORD = st.binary(max_size=40) | st.sampled_from(
    [b"\r\n", b"*1\r\n$4\r\nPING\r\n", b"$-1\r\n", b" "]
)
REQUESTS = st.lists(st.lists(WORD, min_size=1, max_size=5), max_size=8)
# Bytes in which the bytes that mean something are frequent.
BYTES = st.lists(
    st.sampled_from(
        [b"*", b"$", b":", b"+", b"-", b"%", b"~", b",", b"1", b"2", b"0", b"\r\n", b"x"]
    )
    | st.binary(max_size=3)
).map(b"".join)

quick = hypothesis.settings(max_examples=150, deadline=None)


def encoded(requests):
    """The bytes of requests, made without the code under test."""
    return b"".join(
        b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        for words in requests
    )


def read(code, pieces):
    """The requests in `pieces`, and the parser's error."""
    parser = code.s02.RequestParser()
    requests = [request for piece in pieces for request in parser.feed(piece)]
    return requests, code.labs.s02.refusal(parser)


@st.composite
def cut(draw, data):
    """`data` in pieces."""
    marks = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]


@quick
@hypothesis.given(RESP2)
def test_resp2_round_trip(code, value):
    """What was encoded in RESP2 is decoded as it was."""
    assert code.s02.decode(code.s02.encode(value)) == value


@quick
@hypothesis.given(RESP3)
def test_resp3_round_trip(code, value):
    """What was encoded in RESP3 is decoded as it was, type and all."""
    decoded = code.s02.decode(code.s02.encode(value, 3))
    assert decoded == value
    assert type(decoded) is type(value)


@quick
@hypothesis.given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")))
def test_lines_round_trip(code, text):
    """A status or an error of one line is decoded as it was."""
    for value in (code.s02.SimpleString(text), code.s02.CommandError(text)):
        assert code.s02.decode(code.s02.encode(value)) == value


@quick
@hypothesis.given(RESP3, st.data())
def test_a_beginning_is_never_a_value(code, value, data):
    """A value without its last bytes is neither a value nor an error."""
    wire = code.s02.encode(value, 3)
    assert code.labs.s02.is_half(wire[: data.draw(st.integers(0, len(wire) - 1))])


@quick
@hypothesis.given(REQUESTS, st.data())
def test_any_cut_gives_the_same_requests(code, requests, data):
    """Requests come out as they went in, however their bytes are cut."""
    pieces = data.draw(cut(encoded(requests)))
    assert read(code, pieces) == (requests, "")


@quick
@hypothesis.given(REQUESTS, BYTES, st.data())
def test_any_cut_gives_the_same_error(code, requests, rubbish, data):
    """Whatever the bytes are: cut in any way, they give the same requests and the same error."""
    whole = encoded(requests) + rubbish
    assert read(code, data.draw(cut(whole))) == read(code, [whole])


@quick
@hypothesis.given(BYTES)
def test_no_bytes_are_a_bug(code, rubbish):
    """Any bytes are a value, half a value, or refused; none raise another exception."""
    refused = code.labs.s02.refused_value(rubbish)
    assert refused == "" or refused.startswith("ERR Protocol error: ")


@quick
@hypothesis.given(st.lists(st.binary()))
def test_quoted_words_are_split_again(code, words):
    """Words in double quotes, each byte escaped, come back as they were."""
    quoted = [b'"' + b"".join(b"\\x%02x" % byte for byte in word) + b'"' for word in words]
    assert code.s02.split_inline(b" ".join(quoted)) == words


@quick
@hypothesis.given(st.binary().map(lambda line: line.replace(b"\n", b" ")))
def test_no_line_is_a_bug(code, line):
    """Any line is words or refused."""
    if not code.labs.s02.refused_line(line):
        assert all(isinstance(word, bytes) for word in code.s02.split_inline(line))
