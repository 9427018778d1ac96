"""Exercise 2.6: a request typed by hand."""

from __future__ import annotations

import pytest

UNBALANCED = "ERR Protocol error: unbalanced quotes in request"

PLAIN = [
    (b"PING", [b"PING"]),
    (b"SET k v", [b"SET", b"k", b"v"]),
    (b"  SET   k\t v  ", [b"SET", b"k", b"v"]),
    (b"a\tb\rc \t\r d", [b"a", b"b", b"c", b"d"]),
    (b"\xff\xfe \xc3\xa9", [b"\xff\xfe", b"\xc3\xa9"]),
]
DOUBLE = [
    (b'SET k "hello world"', [b"SET", b"k", b"hello world"]),
    (b'SET k ""', [b"SET", b"k", b""]),
    (b'"" "" x', [b"", b"", b"x"]),
    (b'"  "\t" a  b "', [b"  ", b" a  b "]),
    (b'a"b c" d', [b"ab c", b"d"]),
    (b'k"" x', [b"k", b"x"]),
    (b'"it\'s" \'say "hi"\'', [b"it's", b'say "hi"']),
]
ESCAPES = [
    (rb'"a\nb\r\t\a\b"', [b"a\nb\r\t\a\b"]),
    (rb'"\x00\xfF\x7f"', [b"\x00\xff\x7f"]),
    (rb'"\q\x4\xzz"', [b"qx4xzz"]),
    (rb'"say \"hi\" twice" x', [b'say "hi" twice', b"x"]),
    (rb'"\\" "\\\\" x', [b"\\", b"\\\\", b"x"]),
    (rb'"\\\"" x', [b'\\"', b"x"]),
]
SINGLE = [
    (b"SET k 'hello world'", [b"SET", b"k", b"hello world"]),
    (b"'' x", [b"", b"x"]),
    (rb"'a\nb\x00' 'c:\dir'", [rb"a\nb\x00", rb"c:\dir"]),
    (rb"'it\'s' x", [b"it's", b"x"]),
    (rb"'\\n' '\' x' y", [rb"\\n", b"' x", b"y"]),
    (b"a'b c' d", [b"ab c", b"d"]),
]
BROKEN = [
    b'SET k "hello',
    b"SET k 'hello",
    b'"',
    b"'",
    rb'"hello\"',
    rb"'hello\'",
    rb"'hello\\'",
    b'"hello"world',
    b"'hello'world",
    b'"a""b"',
    b"'a''b'",
    b"\"a'",
    b"it's",
]

WORDS_WHY = (
    "Words stand apart by white space: one blank or ten, tabs too, also at both ends. split(' ') "
    "gives empty words for two blanks in a row."
)


@pytest.mark.exercise("2.6", why=WORDS_WHY)
@pytest.mark.parametrize(("line", "words"), PLAIN)
def test_words(code, line, words):
    """A line is cut into words at its white space."""
    assert code.s02.split_inline(line) == words


@pytest.mark.exercise(
    "2.6",
    why="A backslash escapes something only between quotes. Outside of them it is a byte like any "
    "other, also at the end of the line. Python's shlex follows the shell, where it is not.",
)
@pytest.mark.parametrize("line", [rb"back\slash \n \ ", rb"a\b \x41", b"\\"])
def test_a_backslash_outside_of_quotes(code, line):
    """Outside of quotes, a backslash is a byte like any other."""
    assert code.s02.split_inline(line) == line.split()


@pytest.mark.exercise("2.6", why=WORDS_WHY)
@pytest.mark.parametrize("line", [b"", b" ", b" \t  "])
def test_an_empty_line(code, line):
    """A line without words gives an empty list."""
    assert code.s02.split_inline(line) == []


@pytest.mark.exercise(
    "2.6",
    why="Between quotes a blank belongs to the word, and the quotes themselves do not. A word may "
    "begin plain and go on in quotes, and an empty pair of quotes is a word too.",
)
@pytest.mark.parametrize(("line", "words"), DOUBLE)
def test_double_quotes(code, line, words):
    """The text between double quotes is one word, or the end of one."""
    assert code.s02.split_inline(line) == words


@pytest.mark.exercise(
    "2.6",
    why="Inside double quotes a backslash and the byte after it belong together. Looking for the "
    'next " finds the one in \\", which ends nothing; but in "\\\\" the backslash is the one that '
    "is escaped, and the quote ends the word.",
)
@pytest.mark.parametrize(("line", "words"), ESCAPES)
def test_escapes_in_double_quotes(code, line, words):
    """Inside double quotes a backslash escapes the byte after it."""
    assert code.s02.split_inline(line) == words


@pytest.mark.exercise(
    "2.6",
    why="Between single quotes everything is taken as it is, \\n as two bytes; only \\' is an "
    "escape, or a single quote could not be written at all.",
)
@pytest.mark.parametrize(("line", "words"), SINGLE)
def test_single_quotes(code, line, words):
    """Between single quotes a backslash is a byte like any other, but for \\'."""
    assert code.s02.split_inline(line) == words


@pytest.mark.exercise(
    "2.6",
    why="A quote that is never closed, or is followed by more text, was a typing mistake. "
    "Guessing what was meant would store something that nobody typed.",
)
@pytest.mark.parametrize("line", BROKEN)
def test_unbalanced_quotes(code, line):
    """A quote that is not closed, or closed in the middle of a word, is refused."""
    assert code.labs.s02.refused_line(line) == UNBALANCED


@pytest.mark.exercise(
    "2.6",
    why='If a pattern can match the same text in many ways, as (?:[^"]+|...)* can, it tries all '
    "of them before it gives up: 2 to the power of the length. One short line without a closing "
    "quote keeps the server busy for ever.",
)
@pytest.mark.timeout(2)
@pytest.mark.parametrize("line", [b'"' + b"a" * 5000, b"'" + b"a" * 5000, b'"' + rb"\a" * 2000])
def test_a_long_line_without_a_closing_quote(code, line):
    """A quote that is not closed is refused at once, however long the line is."""
    assert code.labs.s02.refused_line(line) == UNBALANCED


@pytest.mark.exercise(
    "2.6",
    why="A line ends at LF; a CR before it, as telnet sends it, is not part of the last word.",
)
def test_lines_end_in_lf_or_crlf(code, cuts):
    """A line typed in telnet or in nc is a request, however it is cut."""
    for pieces in cuts(b"SET k 'a b'\r\nGET k\n\n\r\nPING\r\n"):
        parser = code.s02.RequestParser()
        requests = []
        for piece in pieces:
            requests += parser.feed(piece)
        assert requests == [[b"SET", b"k", b"a b"], [b"GET", b"k"], [b"PING"]]


@pytest.mark.exercise(
    "2.6", why="An unbalanced quote is a protocol error: one reply, then the end."
)
def test_unbalanced_quotes_over_the_wire(server):
    """A line with unbalanced quotes gets an error, and the connection closes."""
    client = server(2).client()
    client.send(b"PING 'one two'\r\nPING \"one\r\n")
    client.expect(b"*2\r\n$4\r\nPING\r\n$7\r\none two\r\n-" + UNBALANCED.encode() + b"\r\n")
    assert client.closed()


# ---------------------------------------------------------------- what is given


def test_redis_splits_the_same_way(redis_server):
    """A real redis-server cuts these lines into the same words."""
    client = redis_server().client()
    for line, words in PLAIN + DOUBLE + ESCAPES + SINGLE:
        client.send(b"DEL words\r\nRPUSH words " + line + b"\r\nLRANGE words 0 -1\r\n")
        client.read()
        assert client.read() == len(words)
        assert client.read() == words


@pytest.mark.parametrize("line", BROKEN)
def test_redis_refuses_the_same(redis_server, line):
    """A real redis-server refuses these lines in the same words."""
    client = redis_server().client()
    client.send(line + b"\r\n")
    client.expect(b"-" + UNBALANCED.encode() + b"\r\n")
    assert client.closed()


@pytest.mark.parametrize(
    ("text", "value"),
    [(b"", b""), (b"plain", b"plain"), (rb"\\n", rb"\n"), (rb"\x41\x2", b"Ax2"), (b"\\\n", b"\n")],
)
def test_unescape(code, text, value):
    """Escapes are undone one after another, from left to right."""
    assert code.s02.unescape(text) == value
