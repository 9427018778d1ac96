"""Exercise 7.1: a key gets a deadline. The time is a clock that the test moves."""

from __future__ import annotations

import pytest

NOW = 1_000_000


@pytest.fixture
def clock(code):
    return code.s07.ManualClock(NOW)


@pytest.fixture
def keyspace(code, clock):
    """A keyspace with one key, `k`, that has no deadline."""
    keyspace = code.s07.Keyspace(clock)
    keyspace.put(b"k", b"v")
    return keyspace


@pytest.mark.exercise("7.1", why="The deadline goes into self.expires, and the answer is True.")
def test_a_deadline_is_kept(keyspace, clock):
    """A key that is there gets its deadline."""
    assert keyspace.expire_at(b"k", NOW + 5000) is True
    assert keyspace.ttl(b"k") == 5000
    clock.advance(1500)
    assert keyspace.ttl(b"k") == 3500
    assert keyspace.get(b"k") == b"v"


@pytest.mark.exercise(
    "7.1",
    why="Without a key there is nothing that could expire. A deadline without a key breaks the "
    "invariant: a key that is created later would get it.",
)
def test_no_key_no_deadline(keyspace):
    """A key that is not there gets none."""
    assert keyspace.expire_at(b"other", NOW + 5000) is False
    assert keyspace.expires == {}
    assert keyspace.expire_at(b"other", NOW - 5000, "NX") is False


@pytest.mark.exercise(
    "7.1",
    why="An expired key may still be in self.data until it is looked up. `key in self.data` finds "
    "it there and revives it; self.find knows that it is gone.",
)
def test_an_expired_key_gets_no_new_life(code, clock):
    """A key that has expired is not there, and gets no new deadline."""
    keyspace = code.labs.s07.keyspace_with({b"k": NOW - 1}, clock)
    assert keyspace.expire_at(b"k", NOW + 5000) is False
    assert keyspace.data == {}
    assert keyspace.expires == {}


@pytest.mark.exercise(
    "7.1",
    why="An empty string is a value, and false: `if not self.find(key)` takes its key for a missing "
    "one. Compare with None.",
)
def test_an_empty_string_gets_a_deadline(keyspace):
    """A key with an empty string gets its deadline like any other."""
    keyspace.put(b"empty", b"")
    assert keyspace.expire_at(b"empty", NOW + 5000) is True
    assert keyspace.ttl(b"empty") == 5000


@pytest.mark.exercise(
    "7.1", why="A second EXPIRE replaces the deadline; without a condition nothing is compared."
)
def test_the_last_deadline_counts(keyspace):
    """A later deadline replaces the first, and so does an earlier one."""
    for deadline in (NOW + 5000, NOW + 9000, NOW + 100):
        assert keyspace.expire_at(b"k", deadline) is True
        assert keyspace.expires[b"k"] == deadline


# condition, deadline that the key has, new deadline, whether it is taken
CONDITIONS = [
    ("NX", None, 500, True),
    ("NX", 300, 500, False),
    ("XX", None, 500, False),
    ("XX", 300, 500, True),
    ("GT", 300, 500, True),
    ("GT", 300, 300, False),
    ("GT", 300, 200, False),
    ("LT", 300, 200, True),
    ("LT", 300, 300, False),
    ("LT", 300, 500, False),
]


@pytest.mark.exercise(
    "7.1",
    why="GT and LT are strict: the same deadline again is neither later nor earlier. A refusal "
    "returns False and leaves the old deadline.",
)
@pytest.mark.parametrize(("condition", "old", "new", "taken"), CONDITIONS)
def test_conditions(keyspace, condition, old, new, taken):
    """NX, XX, GT and LT compare with the deadline that the key has."""
    if old is not None:
        assert keyspace.expire_at(b"k", NOW + old) is True
    assert keyspace.expire_at(b"k", NOW + new, condition) is taken
    kept = NOW + new if taken else old and NOW + old
    assert keyspace.expires.get(b"k") == kept


@pytest.mark.exercise(
    "7.1",
    why="A key without a deadline lives for ever. Nothing is later than that, everything is "
    "earlier. If a missing deadline counts as 0, both are reversed.",
)
def test_no_deadline_is_for_ever(keyspace):
    """GT never applies to a key without a deadline, LT always does."""
    assert keyspace.expire_at(b"k", NOW + 500, "GT") is False
    assert keyspace.ttl(b"k") == -1
    assert keyspace.expire_at(b"k", NOW + 500, "LT") is True
    assert keyspace.ttl(b"k") == 500


@pytest.mark.exercise(
    "7.1",
    why="EXPIRE key -1 is a DEL. If a past deadline is stored, the key still counts in DBSIZE, "
    "and its end is reported too late.",
)
@pytest.mark.parametrize("deadline", [NOW, NOW - 1, 1, 0, -5])
def test_the_past_removes(keyspace, deadline):
    """A deadline that is not in the future removes the key at once."""
    assert keyspace.expire_at(b"k", deadline) is True
    assert keyspace.data == {}
    assert keyspace.expires == {}


@pytest.mark.exercise(
    "7.1",
    why="A deadline in the past is a DEL by a client, so `self.discard(key)` is enough. A key counts as "
    "expired, in `self.expired` and for `on_expired`, if its time has come by itself.",
)
def test_the_past_is_not_an_expiry(code, keyspace):
    """A key that is removed at once has been deleted, and has not expired."""
    notes = code.labs.s07.Notes(keyspace)
    assert keyspace.expire_at(b"k", NOW - 500) is True
    assert (notes.changed, notes.ended, keyspace.expired) == ([b"k"], [], 0)


@pytest.mark.exercise(
    "7.1", why="The condition comes first: if it refuses, the key is neither removed nor changed."
)
def test_a_refused_past_removes_nothing(keyspace):
    """With a condition that is not met even the past does nothing."""
    assert keyspace.expire_at(b"k", NOW - 1, "XX") is False
    assert keyspace.expire_at(b"k", NOW - 1, "GT") is False
    assert keyspace.get(b"k") == b"v"
    assert keyspace.expire_at(b"k", NOW - 1, "LT") is True
    assert keyspace.get(b"k") is None


@pytest.mark.exercise(
    "7.1",
    why="The current time is self.clock(). time.time() is another clock: the test's stands still, "
    "and the machine's can be set back an hour.",
)
@pytest.mark.parametrize("now", [1_000, 4_000_000_000_000])
def test_the_clock_is_handed_in(code, now):
    """The keyspace's own clock decides whether a deadline has passed."""
    keyspace = code.s07.Keyspace(code.s07.ManualClock(now))
    keyspace.put(b"k", b"v")
    assert keyspace.expire_at(b"k", now + 10) is True
    assert keyspace.ttl(b"k") == 10
    assert keyspace.expire_at(b"k", now - 10) is True
    assert keyspace.ttl(b"k") == -2


@pytest.mark.exercise(
    "7.1",
    why="A journal and WATCH hear of changes through touch: one call for each change (discard "
    "makes its own), none for a refusal.",
)
def test_each_change_is_told_once(keyspace):
    """A deadline is a change of the key, and so is its removal; a refusal is not."""
    before = keyspace.changes
    keyspace.expire_at(b"k", NOW + 500)
    assert keyspace.changes == before + 1
    keyspace.expire_at(b"k", NOW + 500, "NX")
    keyspace.expire_at(b"other", NOW + 500)
    assert keyspace.changes == before + 1
    keyspace.expire_at(b"k", NOW + 500)  # the same again is written to the journal, too
    assert keyspace.changes == before + 2
    keyspace.expire_at(b"k", NOW - 500)
    assert keyspace.changes == before + 3


@pytest.mark.exercise(
    "7.1",
    why="A journal states in order what happened: a deadline that has long passed, and then "
    "PERSIST. While it is read, keep_expired is True, and a past deadline removes nothing.",
)
def test_while_files_are_loaded(code, keyspace):
    """While files are loaded a deadline in the past is kept like any other."""
    code.labs.s07.load(keyspace, True)
    assert keyspace.expire_at(b"k", NOW - 500) is True
    assert keyspace.expires[b"k"] == NOW - 500
    assert keyspace.persist(b"k") is True
    code.labs.s07.load(keyspace, False)
    assert keyspace.get(b"k") == b"v"


@pytest.mark.exercise(
    "7.1",
    why="0 is a deadline, though it is false: `present or ...` takes it for none. And the conditions "
    "hold while files are loaded: what they refused then, they refuse now.",
)
def test_conditions_while_files_are_loaded(code, keyspace):
    """While files are loaded, conditions compare as ever, with a deadline of 0, too."""
    code.labs.s07.load(keyspace, True)
    assert keyspace.expire_at(b"k", 0) is True
    assert keyspace.expire_at(b"k", NOW, "NX") is False
    assert keyspace.expires[b"k"] == 0
    assert keyspace.expire_at(b"k", NOW, "LT") is False
    assert keyspace.expire_at(b"k", NOW, "GT") is True
    assert keyspace.expires[b"k"] == NOW


def test_what_a_new_value_does(code, clock):
    """`put` starts a key over; `replace` continues it."""
    for method, left in (("replace", 700), ("put", -1)):
        keyspace = code.labs.s07.keyspace_with({b"k": NOW + 700}, clock)
        getattr(keyspace, method)(b"k", b"w")
        assert keyspace.ttl(b"k") == left


def test_the_steady_clock_agrees_with_the_wall(code):
    """The server's clock counts milliseconds since 1970, and never goes back."""
    times = [code.s07.steady() for _ in range(100)]
    assert times == sorted(times)
    assert times[0] > 1_600_000_000_000
