"""RESP with values that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


def word(chance):
    """A few bytes, of any kind."""
    return chance.randbytes(chance.randrange(30))


def wire(value):
    """The bytes of a value in RESP2, written once more."""
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, bytes):
        return b"$%d\r\n%b\r\n" % (len(value), value)
    return b"*%d\r\n" % len(value) + b"".join(map(wire, value))


def value(chance, depth=3):
    """Any value; with a depth, often an array."""
    kind = chance.randrange(5 if depth else 3)
    if kind == 0:
        return None
    if kind == 1:
        return chance.randrange(-(2**63), 2**63)
    if kind == 2:
        return word(chance)
    return [value(chance, depth - 1) for _ in range(chance.randrange(5))]


@pytest.mark.exercise("2.1", why="A line is its marker, its text and CRLF, whatever the text is.")
def test_any_line(code, seed):
    """Any status, error and integer becomes a line."""
    chance = random.Random(seed)
    for _ in range(20):
        text = "".join(chance.choices("abc ABC 0123 -+:$*", k=chance.randint(1, 20)))
        number = chance.randrange(-(2**63), 2**63)
        assert code.s02.encode_line(code.s02.SimpleString(text)) == f"+{text}\r\n".encode()
        assert code.s02.encode_line(code.s02.CommandError(text)) == f"-{text}\r\n".encode()
        assert code.s02.encode_line(number) == b":%d\r\n" % number


@pytest.mark.exercise(
    "2.2", why="First comes the length of these bytes, then the bytes themselves."
)
def test_any_bulk_string(code, seed):
    """Any bytes become a bulk string."""
    chance = random.Random(seed)
    for _ in range(20):
        data = word(chance)
        assert code.s02.encode_bulk(data) == b"$%d\r\n%b\r\n" % (len(data), data)


@pytest.mark.exercise(
    "2.3", why="The count is the number of items, and each item is encoded, at every depth."
)
def test_any_array(code, seed):
    """Any array is its count, and its items."""
    chance = random.Random(seed)
    for _ in range(20):
        items = [value(chance) for _ in range(chance.randrange(6))]
        expected, given = wire(items), list(items)
        assert code.s02.encode_array(given) == expected
        assert given == items  # the list is the caller's


@pytest.mark.exercise(
    "2.4", why="Each value is read by its own marker and length, and ends where its bytes end."
)
def test_any_value_is_read(code, seed):
    """Any value is read back from its bytes, and where it ends is told."""
    chance = random.Random(seed)
    for _ in range(20):
        one, data = value(chance), wire(value(chance))
        assert code.s02.decode(wire(one)) == one
        assert code.s02.decode_at(data + wire(one), len(data)) == (one, len(data + wire(one)))


@pytest.mark.exercise(
    "2.5", why="Complete requests come out, once and in order, at whatever byte the stream is cut."
)
def test_any_lines_at_any_cut(code, cuts, seed):
    """Any lines, cut anywhere, come out as they went in."""
    chance = random.Random(seed)
    words = [b"%x" % chance.randrange(1 << 40) for _ in range(12)]
    requests = [words[at : at + 3] for at in range(0, 12, 3)]
    for pieces in cuts(b"".join(b" ".join(one) + b"\n" for one in requests)):
        parser = code.labs.s02.LineParser()
        assert [one for piece in pieces for one in parser.feed(piece)] == requests


@pytest.mark.exercise(
    "2.6", why="Between quotes any byte is part of the word; the escapes are those of Redis."
)
def test_any_words_in_quotes(code, seed):
    """Any bytes, in quotes and escaped, are a word."""
    chance = random.Random(seed)
    for _ in range(20):
        words = [word(chance) for _ in range(chance.randint(1, 5))]
        line = b" ".join(b'"' + b"".join(b"\\x%02x" % byte for byte in one) + b'"' for one in words)
        assert code.s02.split_inline(line) == words
        plain = [b"%x" % chance.randrange(1 << 30) for _ in words]
        assert code.s02.split_inline(b"  ".join(plain)) == plain


@pytest.mark.exercise(
    "2.7", why="The counts and lengths are read from the headers, whatever they are."
)
def test_any_request(code, seed):
    """A request of any words, of any lengths, comes out as it went in."""
    chance = random.Random(seed)
    for _ in range(20):
        words = [word(chance) for _ in range(chance.randint(1, 6))]
        assert code.s02.RequestParser().feed(wire(words)) == [words]
        number = chance.randint(1 << 31, 1 << 40)
        parser = code.s02.RequestParser()
        assert parser.feed(b"*1\r\n$%d\r\n" % number) == []
        assert code.labs.s02.refusal(parser) == "ERR Protocol error: invalid bulk length"
