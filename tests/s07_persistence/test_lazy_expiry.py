"""Exercise 7.2: lazy expiry. Looking up an expired key removes it."""

from __future__ import annotations

import pytest

NOW = 1_000_000


@pytest.fixture
def clock(code):
    return code.s07.ManualClock(NOW)


@pytest.fixture
def keyspace(code, clock):
    """A keyspace with one key, `k`, that has 500 milliseconds."""
    return code.labs.s07.keyspace_with({b"k": NOW + 500}, clock)


@pytest.mark.exercise(
    "7.2",
    why="PX 500 promises 500 milliseconds: at the deadline the key still lives, one millisecond "
    "later it has expired.",
)
def test_to_the_millisecond(keyspace, clock):
    """At its deadline a key still lives; a millisecond later it does not."""
    clock.advance(500)
    assert keyspace.get(b"k") == b"v"
    assert keyspace.remove_if_over(b"k") is False
    clock.advance(1)
    assert keyspace.get(b"k") is None


@pytest.mark.exercise(
    "7.2",
    why="Null for a GET is not enough: a key that stays in the dictionaries counts in DBSIZE and "
    "fills the memory.",
)
def test_it_is_really_gone(keyspace, clock):
    """The key is removed from the values and the deadlines."""
    clock.advance(501)
    assert keyspace.find(b"k") is None
    assert keyspace.data == {}
    assert keyspace.expires == {}


@pytest.mark.exercise("7.2", why="True: removed. False: still there. Callers rely on it.")
def test_it_says_whether(keyspace, clock):
    """It says whether it removed the key."""
    assert keyspace.remove_if_over(b"k") is False
    clock.advance(501)
    assert keyspace.remove_if_over(b"k") is True


@pytest.mark.exercise(
    "7.2", why="The new key has nothing to do with the old one, whose deadline must be gone."
)
def test_a_key_made_anew_lives(keyspace, clock):
    """A key that is created again after it has expired has no deadline."""
    clock.advance(501)
    assert keyspace.increment(b"k", 1) == 1
    clock.advance(10_000)
    assert keyspace.get(b"k") == b"1"
    assert keyspace.ttl(b"k") == -1


@pytest.mark.exercise(
    "7.2",
    why="Every method looks the key up with find. None of them may find an expired one.",
)
@pytest.mark.parametrize(
    ("method", "argument", "answer"),
    [
        ("exists", [b"k"], 0),
        ("delete", [b"k"], 0),
        ("get", b"k", None),
        ("ttl", b"k", -2),
        ("persist", b"k", False),
        ("discard", b"k", False),
    ],
)
def test_every_door_sees_it(keyspace, clock, method, argument, answer):
    """No method finds an expired key."""
    clock.advance(501)
    assert getattr(keyspace, method)(argument) == answer


@pytest.mark.exercise(
    "7.2",
    why="Three things hear of it: touch (clients that watch the key), the counter, and "
    "on_expired, which writes DEL into the journal. Without the last a restart brings the key back.",
)
def test_its_end_is_told_once(code, keyspace, clock):
    """The expiry of a key is reported once, and counted."""
    notes = code.labs.s07.Notes(keyspace)
    assert keyspace.get(b"k") == b"v"
    assert (notes.ended, notes.changed, keyspace.expired) == ([], [], 0)
    clock.advance(501)
    assert keyspace.get(b"k") is None
    assert keyspace.get(b"k") is None
    assert (notes.ended, notes.changed, keyspace.expired) == ([b"k"], [b"k"], 1)


@pytest.mark.exercise(
    "7.2",
    why="`on_expired` is a list: a journal listens, and so may others. Call each of them with the "
    "key; a return in the middle of the loop leaves out the rest.",
)
def test_all_who_listen_hear_of_it(code, keyspace, clock):
    """Each of three listeners hears of the end, once."""
    notes = [code.labs.s07.Notes(keyspace) for _ in range(3)]
    clock.advance(501)
    assert keyspace.remove_if_over(b"k") is True
    assert [one.ended for one in notes] == [[b"k"]] * 3


@pytest.mark.exercise(
    "7.2",
    why="`self.expired` counts all keys since the start: add 1 to it. And `on_expired` stays as it is; "
    "`pop` takes a listener out, and it hears of no other key.",
)
def test_the_second_key_is_told_and_counted(code, clock):
    """The end of another key is reported to the same listener, and counted as well."""
    keyspace = code.labs.s07.keyspace_with({b"a": NOW - 1, b"b": NOW - 1}, clock)
    notes = code.labs.s07.Notes(keyspace)
    assert keyspace.remove_if_over(b"a") is True
    assert keyspace.remove_if_over(b"b") is True
    assert notes.ended == [b"a", b"b"]
    assert keyspace.expired == 2


@pytest.mark.exercise(
    "7.2",
    why="A listener may look the key up: it must be gone by then, or its end is reported again "
    "and again.",
)
def test_it_is_gone_when_its_end_is_told(code, keyspace, clock):
    """A listener finds the key gone."""
    notes = code.labs.s07.Notes(keyspace)
    clock.advance(501)
    assert keyspace.remove_if_over(b"k") is True
    assert notes.changed == notes.ended == [b"k"]
    assert notes.still_there == []


@pytest.mark.exercise(
    "7.2",
    why="Files state everything in order, including when a key expires. If the clock expires a "
    "key while a file is being read, the rest goes wrong.",
)
def test_nothing_ends_while_files_are_loaded(code, keyspace, clock):
    """While keep_expired is True no key expires; afterwards it does."""
    clock.advance(501)
    code.labs.s07.load(keyspace, True)
    assert keyspace.get(b"k") == b"v"
    assert keyspace.remove_if_over(b"k") is False
    code.labs.s07.load(keyspace, False)
    assert keyspace.get(b"k") is None


@pytest.mark.exercise("7.2", why="A client sees what the keyspace reports: null, and no key.")
def test_over_the_wire(server):
    """A client never sees an expired key."""
    client = server("s07").client()
    for milliseconds in (1, 10, 100, 1000):  # until the client is early enough to see it alive
        client.ask("SET", "k", "v", "PX", milliseconds)
        if client.ask("PTTL", "k") != -2:
            break
    while client.ask("PTTL", "k") != -2:  # few rounds, if any
        pass
    assert client.ask("GET", "k") is None
    assert client.ask("SET", "k", "w", "NX") == b"OK"
    assert client.ask("TTL", "k") == -1
