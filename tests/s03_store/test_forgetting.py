"""Exercise 3.7: a store that removes what has been unused for longest."""

from __future__ import annotations

import random

import pytest


def keys_after(code, limit, *lines):
    """The keys in a store with this limit after these commands."""
    session = code.labs.s03.ForgetfulSession(limit)
    for line in lines:
        reply = session.receive(line.encode() + b"\r\n")
        assert not reply.startswith(b"-"), reply
    return sorted(key.decode() for key in list(session.store.keys()))


@pytest.mark.exercise(
    "3.7",
    why="When a key more is written, the oldest one goes: the one whose last use is longest ago, "
    "whatever that use was.",
)
def test_the_oldest_key_goes(code):
    """Of four keys in a store of three, the first one is gone, and then the second."""
    four = ["SET a 1", "SET b 1", "SET c 1", "SET d 1"]
    assert keys_after(code, 3, *four) == ["b", "c", "d"]
    assert keys_after(code, 3, *four, "SET e 1") == ["c", "d", "e"]
    assert keys_after(code, 1, *four) == ["d"]


@pytest.mark.exercise(
    "3.7",
    why="Every command looks keys up through `find`. Extend that one method, and each of them counts "
    "as a use; extend `get`, and EXISTS or DEL do not.",
)
@pytest.mark.parametrize(
    "use",
    ["GET a", "SET a 2", "EXISTS a", "INCR a", "SET a 2 XX", "SET a 2 NX", "SET a 2 NX GET"],
)
def test_what_is_used_stays(code, use):
    """A key that has been used goes after one that has not."""
    assert keys_after(code, 2, "SET a 1", "SET b 1", use, "SET c 1") == ["a", "c"]


@pytest.mark.exercise(
    "3.7",
    why="An empty string is false in Python, and a value that was found all the same: `find` "
    "returns None only for a missing key.",
)
def test_an_empty_value_is_used_like_any_other(code):
    """A key with an empty value that was asked for stays."""
    assert keys_after(code, 2, "SET a ''", "SET b 1", "GET a", "SET c 1") == ["a", "c"]


@pytest.mark.exercise(
    "3.7",
    why="INCR of a missing key creates it by `replace`, SET by `put`. Both have to make room, and "
    "both are a use.",
)
@pytest.mark.parametrize("write", ["INCR c", "DECRBY c 5", "SET c 1 NX", "SET c 1 GET"])
def test_each_way_in_makes_room(code, write):
    """However a key comes into being, the oldest goes."""
    assert keys_after(code, 2, "SET a 1", "SET b 1", write) == ["b", "c"]
    assert keys_after(code, 2, "SET a 1", write, "SET d 1") == ["c", "d"]


@pytest.mark.exercise(
    "3.7",
    why="MSET of step 4 writes without a look-up before. So a write has to be a use by itself, in "
    "`put` and in `replace`; `touch` is called by both.",
)
@pytest.mark.parametrize("way", ["put", "replace"])
def test_a_write_without_a_look_up_is_a_use(code, way):
    """A key that is written again goes after one that is not."""
    store = code.labs.s03.ForgetfulSession(2).store
    for key in (b"a", b"b", b"a", b"c"):
        getattr(store, way)(key, b"1")
    assert sorted(store.keys()) == [b"a", b"c"]


@pytest.mark.exercise(
    "3.7",
    why="A key that is there already takes no more room. Make room only for a key that `self.data` "
    "does not have.",
)
@pytest.mark.parametrize("write", ["SET a 2", "INCR a", "SET a 2 XX", "SET b 2 GET"])
def test_a_key_that_is_there_takes_no_room(code, write):
    """Writing a key again removes none."""
    assert keys_after(code, 2, "SET a 1", "SET b 1", write) == ["a", "b"]


@pytest.mark.exercise(
    "3.7",
    why="Only a key that is there can be the oldest: forget the use of a key when it is removed, "
    "and note none for a key that `find` does not find.",
)
def test_missing_keys_take_no_room(code):
    """A key that was removed leaves its room, and one that is asked for in vain takes none."""
    assert keys_after(code, 2, "SET a 1", "SET b 1", "DEL a", "SET c 1") == ["b", "c"]
    assert keys_after(code, 2, "SET a 1", "SET b 1", "DEL a", "SET c 1", "SET d 1") == ["c", "d"]
    assert keys_after(code, 2, "SET a 1", "GET x", "GET y", "SET b 1") == ["a", "b"]
    three = ["SET a 1", "GET x", "SET b 1", "SET c 1"]
    assert keys_after(code, 2, *three) == ["b", "c"]
    assert keys_after(code, 2, *three, "SET d 1") == ["c", "d"]
    full = ["SET a 1", "SET b 1", "FLUSHALL", "SET c 1", "SET d 1"]
    assert keys_after(code, 2, *full) == ["c", "d"]
    assert keys_after(code, 2, *full, "SET a 1") == ["a", "d"]


@pytest.mark.exercise(
    "3.7",
    why="A list of all keys is not a use of each of them, and changes no order.",
)
def test_to_list_the_keys_uses_none(code):
    """DBSIZE and `keys()` use no key."""
    session = code.labs.s03.ForgetfulSession(2)
    session.receive(b"SET a 1\r\nSET b 1\r\nGET a\r\nDBSIZE\r\n")
    session.store.keys()
    session.receive(b"SET c 1\r\n")
    assert sorted(session.store.keys()) == [b"a", b"c"]


@pytest.mark.exercise(
    "3.7",
    why="Remove a key by `discard`, as DEL does: it tells the observers. WATCH in step 10 goes by "
    "them, and would take a key that is gone for unchanged.",
)
def test_the_observers_hear_of_it(code):
    """The observers hear which key was removed, and of the one that was written."""
    session = code.labs.s03.ForgetfulSession(2)
    session.receive(b"SET a 1\r\nSET b 1\r\n")
    session.receive(b"SET c 1\r\n")
    assert sorted(session.changed[2:]) == [b"a", b"c"]


@pytest.mark.exercise(
    "3.7",
    why="RENAME removes one key and writes another: there are as many as before. Its new name is "
    "a key that has just been used.",
)
def test_a_renamed_key_takes_the_room_of_the_old_one(code):
    """A key gets another name in a full store, and none is removed."""
    store = code.labs.s03.ForgetfulSession(2).store
    store.put(b"a", b"1")
    store.put(b"b", b"2")
    assert store.rename(b"a", b"z")
    assert sorted(store.keys()) == [b"b", b"z"]
    store.put(b"c", b"3")
    assert sorted(store.keys()) == [b"c", b"z"]


@pytest.mark.exercise(
    "3.7",
    why="The order is that of the last use. Follow a short list of commands on paper, and note the "
    "order after each of them.",
)
def test_any_commands(code, seed):
    """After any commands, those keys are there that were used last."""
    chance = random.Random(seed)
    session, order = code.labs.s03.ForgetfulSession(4), []
    for _ in range(300):
        key = chance.choice(b"abcdefgh").to_bytes(1, "big")
        command = chance.choice([b"SET %b 1", b"GET %b", b"INCR %b", b"DEL %b", b"EXISTS %b"])
        there = key in order
        session.receive(command % key + b"\r\n")
        if there:
            order.remove(key)
        if command != b"DEL %b" and (there or command in (b"SET %b 1", b"INCR %b")):
            order.append(key)
        del order[:-4]
        assert sorted(session.store.keys()) == sorted(order)


@pytest.mark.exercise(
    "3.7",
    why="A full cache removes a key at almost every write. If that walks through all keys, by "
    "min() or by remove() on a list, a cache of a million keys does a million steps for each. "
    "Keep the keys in an order in which the oldest is first, and any key can be moved to the end.",
)
def test_the_cost_does_not_grow_with_the_keys(code):
    """A use of a store that is 16 times as large costs no more than four times as much."""
    assert code.labs.s03.cost_of_use(480) < 4 * code.labs.s03.cost_of_use(30)


@pytest.mark.exercise(
    "3.7",
    why="A note for each use adds up: a cache that is read a million times a minute would fill the "
    "memory that it is there to save. Keep one note for each key.",
)
def test_the_memory_does_not_grow_with_the_uses(code):
    """After 20 000 look-ups of ten keys, the store remembers no more than before."""
    assert code.labs.s03.grown_by_use(keys=10, finds=20_000) < 100_000


@pytest.mark.exercise(
    "3.7", why="The server makes `LruStore(limit)` when it is started with --max-keys."
)
def test_the_server_forgets(server):
    """`serve --max-keys 2` keeps two keys."""
    client = server("s03", "--max-keys", 2).client()
    for key in ("a", "b", "c"):
        assert client.ask("SET", key, "1") == b"OK"
    assert client.ask("EXISTS", "a", "b", "c") == 2
    assert client.ask("GET", "a") is None
