"""Exercise 5.7: GETRANGE, as a whole module. What it replies to which range, its transcript says."""

from __future__ import annotations

import random

import pytest


@pytest.mark.exercise(
    "5.7",
    why="Clients and proxies go by what COMMAND INFO says, and it follows from the class: the flags, "
    "a Key() as the first field, three words after the name and no more, the group of StringCommand. "
    "SUBSTR is the same command by another name.",
)
@pytest.mark.parametrize("name", [b"GETRANGE", b"SUBSTR"])
def test_getrange_is_described_as_in_redis(code, name):
    """COMMAND INFO says of GETRANGE and SUBSTR what redis-server says."""
    assert code.labs.s05.described(name) == [
        *[name.lower(), 4, ["readonly"]],
        *[1, 1, 1],
        ["@read", "@string", "@slow"],
    ]


def bytes_of(value, start, end):
    """The bytes of a range, one by one."""
    if start < 0 and end < 0 and start > end:
        return b""
    first, last = (at if at >= 0 else max(at + len(value), 0) for at in (start, end))
    return bytes(value[at] for at in range(first, last + 1) if at < len(value))


@pytest.mark.exercise(
    "5.7",
    why="Both ends belong to the range; a negative one counts from the end of the string, and one "
    "before the first byte means the first byte. A slice of the ends as they came makes -1 + 1 a "
    "0. Of two negative ends in the wrong order the range is empty: compare them first.",
)
def test_any_range(code, seed):
    """Any range of any string has the bytes from its start to its end."""
    chance = random.Random(seed)
    session = code.s05.CommandSession(code.s05.State())
    for _ in range(200):
        value = chance.randbytes(chance.randrange(12))
        start, end = chance.randint(-15, 15), chance.randint(-15, 15)
        session.receive(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%b\r\n" % (len(value), value))
        expected = bytes_of(value, start, end)
        reply = session.receive(b"GETRANGE k %d %d\r\n" % (start, end))
        assert reply == b"$%d\r\n%b\r\n" % (len(expected), expected)


@pytest.mark.exercise(
    "5.7",
    why="`peek` may return a bytearray: step 6 keeps a string that grows in a buffer. No reply can "
    "hold one, so make bytes of the part that you return.",
)
def test_of_a_string_that_is_kept_in_a_buffer(code):
    """The reply is a bulk string, however the store keeps the string."""
    session = code.labs.s05.buffered_session()
    assert session.receive(b"SET k hello\r\nGETRANGE k 1 -2\r\n") == b"+OK\r\n$3\r\nell\r\n"


@pytest.mark.exercise(
    "5.7",
    why="In step 6 a key may hold a list, and `peek` and `get` refuse that one. `find` and `data` "
    "hand it out as if it were a string.",
)
def test_a_string_is_asked_for(code):
    """The value is read in a way that later refuses a list."""
    assert "get k" in code.labs.s05.reads_of(b"GETRANGE k 0 1")


@pytest.mark.exercise(
    "5.7",
    why="`get` and `peek` return None without a key. To GETRANGE that is an empty string; null would "
    "tell a client something else.",
)
def test_a_missing_key(code):
    """Without a key the reply is an empty string, not null."""
    session = code.s05.CommandSession(code.s05.State())
    assert session.receive(b"GETRANGE none 0 -1\r\n") == b"$0\r\n\r\n"


@pytest.mark.exercise(
    "5.7",
    why="A field of the class, Integer(), refuses what is not a number, in the words of Redis and "
    "before `execute` runs. The int() of Python takes `+1` and `1_0`, and its ValueError looks "
    "like a bug of the server.",
)
@pytest.mark.parametrize("words", [b"x 1", b"0 1_0", b"+1 2", b"0 9223372036854775808"])
def test_a_word_that_is_not_a_number(code, words):
    """A position that is not a number is refused."""
    session = code.s05.CommandSession(code.s05.State())
    said = b"-ERR value is not an integer or out of range\r\n"
    assert session.receive(b"GETRANGE k " + words + b"\r\n") == said


@pytest.mark.exercise(
    "5.7",
    why="GETRANGE changes nothing. A write would be counted as a change and tell the observers; from "
    "step 7 on it would be saved, too.",
)
def test_getrange_changes_nothing(code):
    """After GETRANGE the store has seen no change."""
    state = code.s05.State()
    session = code.s05.CommandSession(state)
    session.receive(b"SET k hello\r\n")
    before = state.store.changes
    assert session.receive(b"GETRANGE k 0 0\r\nSUBSTR none 0 0\r\n") == b"$1\r\nh\r\n$0\r\n\r\n"
    assert state.store.changes == before
    assert session.receive(b"KEYS *\r\n") == b"*1\r\n$1\r\nk\r\n"
