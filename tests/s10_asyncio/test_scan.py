"""The guarantee of SCAN: whatever is there from the first call to the last is returned."""

from __future__ import annotations

import random

import pytest

STEPS = 10_000


def walk(client, *command, between=lambda: None, at=1, options=(), begin=b"0"):
    """All that a walk returns. `at` is where the cursor stands in the command."""
    found, cursor = [], begin
    for _ in range(STEPS):
        cursor, part = client.ask(*command[:at], cursor, *command[at:], *options)
        found += part
        if cursor == b"0":
            return found
        assert 0 < int(cursor) < 2**63
        between()
    pytest.fail(f"{command} does not come to an end")


@pytest.fixture
def client(server):
    return server("s10").client()


def test_all_keys_once_while_nothing_changes(client):
    """A scan over keys that do not change returns each exactly once."""
    keys = [b"key:%d" % number for number in range(1000)]
    client.ask("MSET", *[word for key in keys for word in (key, "x")])
    assert sorted(walk(client, "SCAN", options=("COUNT", 7))) == sorted(keys)
    assert sorted(walk(client, "SCAN")) == sorted(keys)
    assert walk(client, "SCAN", options=("COUNT", 5000)) != []
    assert len(client.ask("SCAN", 0, "COUNT", 7)[1]) == 7


def test_what_stays_is_found_whatever_comes_and_goes(client, seed):
    """Keys that are there all the time are returned, though others come and go at every step."""
    chance = random.Random(seed)
    stay = {b"stay:%d" % number for number in range(200)}
    others = [b"other:%d" % number for number in range(400)]
    client.ask("MSET", *[word for key in [*others, *stay] for word in (key, "x")])

    def stir():
        client.ask("DEL", *chance.sample(others, 20))
        client.ask("MSET", *[word for key in chance.sample(others, 20) for word in (key, "x")])

    found = walk(client, "SCAN", between=stir)
    assert stay <= set(found)
    assert set(found) <= stay | set(others)


@pytest.mark.parametrize(
    ("command", "add", "remove"),
    [("SSCAN", "SADD", "SREM"), ("HSCAN", "HSET", "HDEL"), ("ZSCAN", "ZADD", "ZREM")],
)
def test_members_that_stay_are_found(client, seed, command, add, remove):
    """A scan over a large set, hash or sorted set finds all that stays, and only existing items."""
    chance = random.Random(seed)

    def added(members):
        if add == "SADD":
            return members
        pairs = [(b"1", member) if add == "ZADD" else (member, b"1") for member in members]
        return [word for pair in pairs for word in pair]

    stay = [b"stay:%d" % number for number in range(600)]
    others = [b"other:%d" % number for number in range(300)]
    client.ask(add, "k", *added(stay + others))

    def stir():
        client.ask(remove, "k", *chance.sample(others, 5))
        client.ask(add, "k", *added(chance.sample(others, 5)))

    found = walk(client, command, "k", between=stir, at=2)
    members = found if command == "SSCAN" else found[::2]
    assert set(stay) <= set(members)
    assert command == "SSCAN" or set(found[1::2]) == {b"1"}
    client.ask("DEL", "k")
    assert client.ask(command, "k", 0) == [b"0", []]


def test_members_that_stay_are_found_though_most_are_taken(client):
    """SPOP of most members keeps the others where a scan finds them, and the time to live."""
    client.ask("SADD", "k", *range(3000))
    client.ask("EXPIRE", "k", 100)
    cursor, begun = client.ask("SSCAN", "k", 0, "COUNT", 1000)
    taken = set(client.ask("SPOP", "k", 2500))
    stay = set(client.ask("SMEMBERS", "k"))
    assert (len(taken), len(stay), taken & stay) == (2500, 500, set())
    assert stay <= {*begun, *walk(client, "SSCAN", "k", at=2, begin=cursor)}
    assert client.ask("TTL", "k") > 0
    client.ask("SPOP", "k", 500)
    assert client.ask("EXISTS", "k") == 0


def test_a_key_removed_meanwhile_is_not_returned(client):
    """A step returns neither removed items nor expired keys."""
    client.ask("MSET", *[word for number in range(30) for word in (f"k{number}", "x")])
    cursor, first = client.ask("SCAN", 0)
    left = {b"k%d" % number for number in range(30)} - set(first)
    gone, over, *rest = sorted(left)
    client.ask("DEL", gone)
    client.ask("PEXPIREAT", over, 1)
    found = []
    while cursor != b"0":
        cursor, part = client.ask("SCAN", cursor)
        found += part
    assert set(rest) <= set(found) <= {*first, *rest} - {gone, over}


def test_two_walks_do_not_disturb_each_other(client):
    """Scans side by side, begun at different times, each find everything."""
    keys = {b"key:%d" % number for number in range(100)}
    client.ask("MSET", *[word for key in keys for word in (key, "x")])
    second = []

    def step():
        if not second:
            client.ask("SET", "new", "x")
            second.extend(walk(client, "SCAN", options=("COUNT", 9)))

    assert keys <= set(walk(client, "SCAN", between=step))
    assert {*keys, b"new"} == set(second)


def test_a_cursor_of_nowhere_begins_anew(client):
    """A cursor that the server does not know, after a restart say, misses nothing."""
    keys = {b"key:%d" % number for number in range(25)}
    client.ask("MSET", *[word for key in keys for word in (key, "x")])
    found, cursor = [], b"123456789"
    for _ in range(STEPS):
        cursor, part = client.ask("SCAN", cursor)
        found += part
        if cursor == b"0":
            break
    assert set(found) == keys


def test_a_walk_stays_in_its_database(client):
    """A cursor of one database is harmless in another."""
    client.ask("MSET", *[word for number in range(25) for word in (f"zero:{number}", "x")])
    cursor, _ = client.ask("SCAN", 0)
    client.ask("SELECT", 1)
    client.ask("SET", "one", "x")
    assert client.ask("SCAN", cursor) == [b"0", [b"one"]]


def test_what_stays_is_found_though_a_store_command_replaces_the_value(client, seed):
    """A scan finds what stays in a set, a hash or a sorted set that a STORE command replaces."""
    chance = random.Random(seed)
    stay = [b"stay:%d" % number for number in range(300)]
    others = [b"other:%d" % number for number in range(300)]
    for command, add, store in (("SSCAN", "SADD", "SDIFFSTORE"), ("ZSCAN", "ZADD", "ZDIFFSTORE")):
        client.ask("DEL", "k")
        score = [] if add == "SADD" else [b"1"]
        client.ask(add, "k", *[word for one in stay + others for word in (*score, one)])

        def stir(add=add, store=store, score=score):
            client.ask("DEL", "out")
            out = chance.sample(others, 40)
            client.ask(add, "out", *[word for one in out for word in (*score, one)])
            names = ("k", "out") if store == "SDIFFSTORE" else (2, "k", "out")
            client.ask(store, "k", *names)

        assert set(stay) <= set(walk(client, command, "k", between=stir, at=2))


def test_a_scan_leaves_nothing_behind(client):
    """Abandoned scans hold nothing: every cursor is a number like any other."""
    client.ask("MSET", *[word for number in range(1000) for word in (f"k{number}", "x")])
    cursors = {client.ask("SCAN", 0)[0] for _ in range(50)}
    assert len(cursors) == 1
    client.ask("FLUSHALL")
    assert client.ask("SCAN", cursors.pop()) == [b"0", []]
