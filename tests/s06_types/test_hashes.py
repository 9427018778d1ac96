"""Hashes: fields and their values, and exercise 6.5: a number in a field."""

from __future__ import annotations

import pytest


def test_only_new_fields_count(run):
    """HSET counts new fields, not updates."""
    assert run("HSET k a 1 b 2") == b":2\r\n"
    assert run("HSET k a 3 c 4") == b":1\r\n"
    assert run("HSET k a 5 b 6 c 7") == b":0\r\n"
    assert run("HSET k d 1 d 2 d 3") == b":1\r\n"
    assert run("HLEN k") == b":4\r\n"


def test_the_last_value_counts(run):
    """A field has the last value it was given."""
    run("HSET k a 1 b 2", "HSET k a 3", "HSET k c 4 c 5")
    assert run("HMGET k a b c") == b"*3\r\n$1\r\n3\r\n$1\r\n2\r\n$1\r\n5\r\n"


def test_a_hash_grows_in_place(session, run):
    """Only the first HSET makes a key."""
    run("HSET k a 1 b 2", "HSET k c 3", "HSET k a 4 b 5")
    assert session.store.doors == ["put k"]


def test_an_update_is_told(session, run):
    """Observers hear of new fields, and of new values of old fields."""
    run("HSET k a 1 b 2", "HSET k a 3", "HSET k a 4 b 5 c 6")
    assert list(session.store.told) == [b"k", b"k", b"k"]


def test_all_that_write_fields(run):
    """The other commands on hashes use the same function."""
    assert run("HMSET k a 1") == b"+OK\r\n"
    assert run("HSETNX k b 2") == b":1\r\n"
    assert run("HINCRBY k n 5", "HINCRBY k n -2") == b":3\r\n"
    assert run("HINCRBYFLOAT k x 0.1", "HINCRBYFLOAT k x 0.2") == b"$3\r\n0.3\r\n"
    assert run("HMGET k a b n") == b"*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n"


def test_any_bytes(code, session):
    """Fields and values may be any bytes."""
    keyspace = session.store
    items = [(b"", b"empty"), (b"\r\n", b""), (b"\xff", b"\x00"), (b"F", b"1"), (b"f", b"2")]
    assert code.s06.set_fields(keyspace, b"k", items) == 5
    assert code.s06.set_fields(keyspace, b"k", items) == 0


@pytest.mark.exercise(
    "6.5",
    why="A dict that `lookup` has not found is a new one of yours, and nobody sees it until `settle` "
    "puts it under its key.",
)
def test_a_new_hash_is_kept(run):
    """The first HINCRBY makes a hash, which is there afterwards."""
    assert run("HINCRBY k n 1") == b":1\r\n"
    assert run("HLEN k") == b":1\r\n"


@pytest.mark.exercise(
    "6.5",
    why="A value in a hash is bytes, whoever put it there: of a number its digits, as HGET sends them.",
)
def test_the_sum_is_kept_as_digits(run):
    """The field of a new sum holds its decimal digits."""
    assert run("HINCRBY k n 12", "HGET k n") == b"$2\r\n12\r\n"
    assert run("HINCRBY k m -5", "HGET k m") == b"$2\r\n-5\r\n"


@pytest.mark.exercise(
    "6.5",
    why="A field that is not there counts as 0, in a hash that is there and in one that is not.",
)
def test_a_sum(run):
    """Numbers are added up, negative ones too, and the field keeps the sum as digits."""
    assert run("HINCRBY k n 5") == b":5\r\n"
    assert run("HINCRBY k n -7") == b":-2\r\n"
    assert run("HINCRBY k other 0") == b":0\r\n"
    assert run("HMGET k n other") == b"*2\r\n$2\r\n-2\r\n$1\r\n0\r\n"


@pytest.mark.exercise(
    "6.5",
    why="What is kept is a string. It is a number only if all of it is: digits, perhaps a minus, up to "
    "64 bits. `int` accepts blanks, underscores and a plus; `parse_int64` does not.",
)
@pytest.mark.parametrize(
    "value", [b"abc", b"1.5", b" 7", b"+7", b"1_000", b"", b"07", b"9223372036854775808"]
)
def test_not_a_number(code, session, value):
    """A field that holds anything but an integer: an error, and it stays as it was."""
    keyspace = session.store
    code.s06.set_fields(keyspace, b"k", [(b"f", value)])
    assert session.receive(b"HINCRBY k f 1\r\n") == b"-ERR hash value is not an integer\r\n"
    reply = session.receive(b"HGET k f\r\n")
    assert reply == b"$%d\r\n%b\r\n" % (len(value), value)


@pytest.mark.exercise(
    "6.5",
    why="The sum has 64 bits, like every integer in Redis. Python's integers have as many as it takes.",
)
def test_the_sum_is_too_large(run):
    """At both ends of 64 bits: the last number that fits, and an error for the next one."""
    run("HSET k top 9223372036854775806 low -9223372036854775807")
    assert run("HINCRBY k top 1") == b":9223372036854775807\r\n"
    assert run("HINCRBY k low -1") == b":-9223372036854775808\r\n"
    for line in ("HINCRBY k top 1", "HINCRBY k low -1", "HINCRBY k low -9223372036854775808"):
        assert run(line) == b"-ERR increment or decrement would overflow\r\n"
    assert run("HGET k top") == b"$19\r\n9223372036854775807\r\n"


@pytest.mark.exercise(
    "6.5",
    why="An error must not leave anything behind, and nobody is to hear of a change that was none. "
    "A hash that is put there before everything is checked stays there, empty.",
)
def test_an_error_changes_nothing(session, run):
    """After an error the keys are what they were, and no observer has heard of a change."""
    run("HSET k f x", "HINCRBY none n 9223372036854775807")
    told = list(session.store.told)
    assert run("HINCRBY k f 1").startswith(b"-ERR")
    assert run("HINCRBY none n 1").startswith(b"-ERR")
    assert list(session.store.told) == told
    assert session.receive(b"HINCRBY new n 99999999999999999999\r\n").startswith(b"-ERR")
    assert run("EXISTS new") == b":0\r\n"


@pytest.mark.exercise(
    "6.5",
    why="`lookup` refuses a value of another type, and `settle` tells of the change, once. An existing "
    "hash is changed in place: putting another one there makes a new key for all who watch it.",
)
def test_a_number_goes_through_both_methods(session, run):
    """The hash is looked up as a dict and settled each time, and put there only once."""
    run("HINCRBY k n 1", "HINCRBY k n 0", "HINCRBY k m 5")
    assert set(session.store.asked) == {"k dict"}
    assert list(session.store.settled) == [b"k", b"k", b"k"]
    assert list(session.store.doors) == ["put k"]
