"""Exercise 6.5: fields and their values."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "6.5",
    why="The reply counts the fields that are new. A field that only gets another value does not "
    "count, and one that is named twice counts once.",
)
def test_only_new_fields_count(run):
    """HSET counts new fields, not updates."""
    assert run("HSET k a 1 b 2") == b":2\r\n"
    assert run("HSET k a 3 c 4") == b":1\r\n"
    assert run("HSET k a 5 b 6 c 7") == b":0\r\n"
    assert run("HSET k d 1 d 2 d 3") == b":1\r\n"
    assert run("HLEN k") == b":4\r\n"


@pytest.mark.exercise(
    "6.5", why="Every pair is written, updates too; of two values for one field the last one stays."
)
def test_the_last_value_counts(run):
    """A field has the last value it was given."""
    run("HSET k a 1 b 2", "HSET k a 3", "HSET k c 4 c 5")
    assert run("HMGET k a b c") == b"*3\r\n$1\r\n3\r\n$1\r\n2\r\n$1\r\n5\r\n"


@pytest.mark.exercise(
    "6.5",
    why="An existing hash is changed in place. Replacing it makes a new key for all clients that "
    "watch it, loses its time to live, and copies all fields for the sake of one.",
)
def test_a_hash_grows_in_place(session, run):
    """Only the first HSET makes a key."""
    run("HSET k a 1 b 2", "HSET k c 3", "HSET k a 4 b 5")
    assert session.store.doors == ["put k"]


@pytest.mark.exercise(
    "6.5",
    why="`lookup` refuses a value of another type, and `settle` tells of a change. If you read "
    "with `find` or write with `put`, you bypass both, and a string may be taken for a container.",
)
def test_writing_goes_through_both_methods(session, run):
    """The hash is looked up as a dict, and settled once."""
    run("HSET k a 1", "HSET k b 2")
    assert set(session.store.asked) == {"k dict"}
    assert list(session.store.settled) == [b"k", b"k"]


@pytest.mark.exercise(
    "6.5",
    why="The pairs may come from a generator, which can be walked through only once and has no "
    "len().",
)
def test_writing_walks_once(code, session, run):
    """Pairs that come from a generator are all taken."""
    assert (
        code.labs.s06.walked_once(
            "set_fields", session.store, b"k", [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]
        )
        == 2
    )
    assert run("HLEN k") == b":2\r\n"


@pytest.mark.exercise(
    "6.5",
    why="A field that gets another value is a change too, although the reply is 0: clients that "
    "watch the key have to hear of it. Call `settle` for every HSET, once.",
)
def test_an_update_is_told(session, run):
    """Observers hear of new fields, and of new values of old fields."""
    run("HSET k a 1 b 2", "HSET k a 3", "HSET k a 4 b 5 c 6")
    assert session.store.told == [b"k", b"k", b"k"]


@pytest.mark.exercise(
    "6.5", why="HSET, HMSET, HSETNX, HINCRBY and HINCRBYFLOAT all write through set_fields."
)
def test_all_that_write_fields(run):
    """The other commands on hashes use the same function."""
    assert run("HMSET k a 1") == b"+OK\r\n"
    assert run("HSETNX k b 2") == b":1\r\n"
    assert run("HINCRBY k n 5", "HINCRBY k n -2") == b":3\r\n"
    assert run("HINCRBYFLOAT k x 0.1", "HINCRBYFLOAT k x 0.2") == b"$3\r\n0.3\r\n"
    assert run("HMGET k a b n") == b"*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n"


@pytest.mark.exercise(
    "6.5", why="Fields and values are bytes as they came; an empty value is a value."
)
def test_any_bytes(code, session):
    """Fields and values may be any bytes."""
    keyspace = session.store
    items = [(b"", b"empty"), (b"\r\n", b""), (b"\xff", b"\x00"), (b"F", b"1"), (b"f", b"2")]
    assert code.s06.set_fields(keyspace, b"k", items) == 5
    assert code.s06.set_fields(keyspace, b"k", items) == 0
