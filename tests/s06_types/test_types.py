"""Exercises 6.6 and 6.7: the two doors that every command goes through."""

from __future__ import annotations

from collections import deque

import pytest

WRONGTYPE = b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

MAKE = {
    "string": "SET k v",
    "list": "RPUSH k a",
    "set": "SADD k a",
    "hash": "HSET k a 1",
    "zset": "ZADD k 1 a",
}
READ = {
    "string": "GET k",
    "list": "LLEN k",
    "set": "SCARD k",
    "hash": "HLEN k",
    "zset": "ZCARD k",
}
WRITE = {
    "string": "APPEND k x",
    "list": "RPUSH k b",
    "set": "SADD k b",
    "hash": "HSET k b 2",
    "zset": "ZADD k 2 b",
}
EMPTY = {"list": "LPOP k", "set": "SREM k a", "hash": "HDEL k a", "zset": "ZREM k a"}
OTHERS = [(one, other) for one in MAKE for other in MAKE if one != other]


# ---------------------------------------------------------------- 6.6


@pytest.mark.exercise(
    "6.6", why="A value of the right type is returned as it is, and a missing one as None."
)
@pytest.mark.parametrize("kind", list(MAKE))
def test_the_right_type_is_found(run, kind):
    """Each type finds its own value, and a missing key is not an error."""
    assert run(READ[kind]) in (b":0\r\n", b"$-1\r\n")
    run(MAKE[kind])
    assert run(READ[kind]) in (b":1\r\n", b"$1\r\nv\r\n")


@pytest.mark.exercise(
    "6.6",
    why="A value of any other Python type than the one asked for is refused with WrongType(). It "
    "is a CommandError, so the boundary turns it into a reply, and the connection stays.",
)
@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_another_type_is_refused(session, run, one, other):
    """A command for one type refuses a value of another, and changes nothing."""
    run(MAKE[one])
    assert run(READ[other]) == WRONGTYPE
    assert run(WRITE[other]) == WRONGTYPE
    assert run(READ[one]) in (b":1\r\n", b"$1\r\nv\r\n")
    assert session.store.told == [b"k"]


@pytest.mark.exercise(
    "6.6",
    why="Raise WrongType. A CommandError with the same text gives the same reply, but code that "
    "catches WrongType does not catch it.",
)
def test_the_error_has_a_class_of_its_own(code):
    """The error for another type is a WrongType."""
    keyspace = code.s06.Keyspace()
    keyspace.put(b"k", {b"a"})
    with pytest.raises(Exception, match=r"^WRONGTYPE ") as caught:
        keyspace.lookup(b"k", dict)
    assert type(caught.value).__name__ == "WrongType"


@pytest.mark.exercise(
    "6.6",
    why="isinstance accepts an instance of a subclass, `type(value) is kind` does not. Step 10 keeps "
    "large sets in a class of its own, which derives from set.",
)
def test_a_subclass_is_of_the_type(code):
    """A value whose class derives from the Python type is of that type."""
    keyspace = code.s06.Keyspace()
    value = code.labs.s06.CountedDeque([b"a"])
    keyspace.put(b"k", value)
    assert keyspace.lookup(b"k", deque) is value


@pytest.mark.exercise(
    "6.6",
    why="An empty string is a value. `if not value` takes it for missing: GET returns null, and "
    "RPUSH replaces it by a list.",
)
def test_an_empty_string_is_a_value(run):
    """A key with an empty string is refused by the commands for lists."""
    assert run('SET k ""', "GET k") == b"$0\r\n\r\n"
    assert run("LLEN k") == WRONGTYPE
    assert run("RPUSH k a") == WRONGTYPE


@pytest.mark.exercise(
    "6.6",
    why="self.find is the one way to look a key up. A later step hides expired keys there; "
    "`self.data.get` would still see them.",
)
def test_lookup_goes_through_find(session, run):
    """A key that `find` does not find does not exist."""
    run("RPUSH k a")
    session.store.hide(b"k")
    assert run("LLEN k") == b":0\r\n"
    assert run("SCARD k") == b":0\r\n"


@pytest.mark.exercise(
    "6.6",
    why="Return the stored container itself, which a command changes in place. A copy makes every "
    "push as expensive as the list is long.",
)
@pytest.mark.parametrize("kind", ["list", "set", "hash", "zset"])
def test_lookup_gives_the_container_itself(session, run, kind):
    """A second write changes the container that is there."""
    run(MAKE[kind])
    assert run(WRITE[kind]) in (b":1\r\n", b":2\r\n")
    assert session.store.doors == ["put k"]
    assert run(READ[kind]) == b":2\r\n"


# ---------------------------------------------------------------- 6.7

EMPTYING = [
    ("RPUSH k a", "LPOP k"),
    ("RPUSH k a b", "RPOP k 2"),
    ("RPUSH k a a", "LREM k 0 a"),
    ("RPUSH k a", "LTRIM k 1 0"),
    ("RPUSH k a", "LMPOP 1 k LEFT"),
    ("SADD k a", "SREM k a"),
    ("SADD k a", "SPOP k"),
    ("SADD k a b", "SPOP k 2"),
    ("HSET k f v", "HDEL k f"),
    ("ZADD k 1 a", "ZREM k a"),
    ("ZADD k 1 a 2 b", "ZPOPMAX k 2"),
    ("ZADD k 1 a", "ZREMRANGEBYRANK k 0 -1"),
    ("ZADD k 1 a", "ZMPOP 1 k MIN"),
    ("SADD k a", "SINTERSTORE k k none"),
    ("SET k v", "SUNIONSTORE k none"),
    ("ZADD k 1 a", "ZDIFFSTORE k 2 k k"),
]


@pytest.mark.exercise(
    "6.7",
    why="There is no empty list, set, hash or sorted set in Redis: with its last item the key "
    "goes. self.discard(key) removes it, and tells the observers.",
)
@pytest.mark.parametrize(("fill", "empty"), EMPTYING)
def test_what_becomes_empty_disappears(session, run, fill, empty):
    """A key goes with its last item."""
    run(fill, empty)
    assert run("EXISTS k") == b":0\r\n"
    assert run("DBSIZE") == b":0\r\n"
    assert session.store.doors == ["put k", "discard k"]


@pytest.mark.exercise(
    "6.7",
    why="`discard` tells the observers itself. A `touch` after it wakes each of them a second time.",
)
@pytest.mark.parametrize("kind", list(EMPTY))
def test_an_end_is_told_once(session, run, kind):
    """Observers hear once that a key has gone with its last item."""
    run(MAKE[kind], EMPTY[kind])
    assert session.store.told == [b"k", b"k"]


@pytest.mark.exercise(
    "6.7",
    why="Each of the three cases tells the observers once. put and discard call touch themselves; "
    "after a change in place you have to.",
)
@pytest.mark.parametrize(
    ("first", "second"), [(MAKE[kind], WRITE[kind]) for kind in MAKE if kind != "string"]
)
def test_each_change_is_told_once(session, run, first, second):
    """Observers hear once of a new key, and once of a change in place."""
    run(first)
    assert session.store.told == [b"k"]
    run(second)
    assert session.store.told == [b"k", b"k"]


@pytest.mark.exercise(
    "6.7",
    why="A result without members leaves a missing key missing, so nothing has changed. discard says "
    "nothing then; a touch of your own would wake clients for nothing.",
)
@pytest.mark.parametrize(
    "command", ["SINTERSTORE k none", "SDIFFSTORE k none", "ZUNIONSTORE k 1 none"]
)
def test_nothing_put_in_place_of_nothing(session, run, command):
    """An empty result for a missing key is not a change."""
    assert run(command) == b":0\r\n"
    assert session.store.told == []


@pytest.mark.exercise(
    "6.7",
    why="A container that was changed in place is the same key, so touch is enough. put starts a "
    "new one: from step 7 on it would lose its time to live.",
)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("RPUSH k a b", "LPOP k"),
        ("RPUSH k a b", "LSET k 0 x"),
        ("SADD k a b", "SREM k a"),
        ("HSET k f v g w", "HDEL k f"),
        ("ZADD k 1 a 2 b", "ZINCRBY k 5 a"),
        ("ZADD k 1 a 2 b", "ZREM k a"),
    ],
)
def test_in_place_no_key_begins_anew(session, run, first, second):
    """Changing a container in place puts nothing."""
    run(first, second)
    assert session.store.doors == ["put k"]
    assert session.store.told == [b"k", b"k"]


@pytest.mark.exercise(
    "6.7",
    why="What SUNIONSTORE writes is a new key, even if the members are the same as before. `==` "
    "compares members; only `is` tells whether it is the same container.",
)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("SADD k a b", "SUNIONSTORE k k"),
        ("ZADD k 1 a", "ZUNIONSTORE k 1 k"),
        ("SADD k a", "SDIFFSTORE k k none"),
    ],
)
def test_a_result_is_a_new_key(session, run, first, second):
    """A result that equals the old value is still put."""
    run(first, second)
    assert session.store.doors == ["put k", "put k"]
    assert session.store.told == [b"k", b"k"]


@pytest.mark.exercise(
    "6.7", why="A command may take from one key and give to another: each is settled by itself."
)
def test_the_last_item_moves(session, run):
    """A list of one item moves whole; a list that is rotated never disappears."""
    run("RPUSH a 1", "LMOVE a b LEFT RIGHT")
    assert run("EXISTS a b") == b":1\r\n"
    assert session.store.doors == ["put a", "discard a", "put b"]
    run("LMOVE b b LEFT RIGHT")
    assert session.store.told == [b"a", b"a", b"b", b"b"]
    assert session.store.doors == ["put a", "discard a", "put b"]
