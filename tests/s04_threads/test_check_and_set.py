"""Exercise 4.3: look, and write only if nothing is there, in one step."""

from __future__ import annotations

import pytest

PAIRS = {b"a": b"1", b"b": b"2"}


@pytest.mark.exercise(
    "4.3",
    why="All or nothing: look at every key before you write the first. A loop that writes as it "
    "goes has written half of the keys when it meets one that exists.",
)
@pytest.mark.parametrize("there", [b"a", b"b"])
def test_all_or_nothing(code, there):
    """If one of the keys is there, none is written, and the answer is False."""
    won, store = code.labs.s04.race_check_and_set([PAIRS], {there: b"old"}, given=True)
    assert won == [False]
    assert store == {there: b"old"}


@pytest.mark.exercise(
    "4.3",
    why="Both look and find nothing, then both write. No other thread may look between the look "
    "and the write, so hold the locks once around both, not once around each.",
)
def test_one_of_four_wins(code):
    """Four threads want the same two keys: one gets True, and both keys are its own."""
    wishes = [{b"a": b"%d" % n, b"b": b"%d" % n} for n in range(4)]
    won, store = code.labs.s04.race_check_and_set(wishes, given=True)
    assert won.count(True) == 1
    assert store == wishes[won.index(True)]


@pytest.mark.exercise(
    "4.3",
    why="One key in common is enough. Hold all keys of the request: holding only the first one "
    "does not keep out a client whose first key is another.",
)
def test_one_key_in_common(code):
    """Three threads whose keys overlap in a circle: one wins, and writes all of its keys."""
    wishes = [
        {b"a": b"0", b"b": b"0"},
        {b"b": b"1", b"c": b"1"},
        {b"c": b"2", b"a": b"2"},
    ]
    won, store = code.labs.s04.race_check_and_set(wishes)
    assert won.count(True) == 1
    assert store == wishes[won.index(True)]


@pytest.mark.exercise(
    "4.3",
    why="`find` returns None for a key that is not there. An empty string is a value like any "
    "other; compare with None instead of testing for truth.",
)
def test_an_empty_string_is_there(code):
    """A key with an empty string is there, so nothing is written."""
    won, store = code.labs.s04.race_check_and_set([PAIRS], {b"b": b""}, given=True)
    assert won == [False]
    assert store == {b"b": b""}


@pytest.mark.exercise(
    "4.3",
    why="`holding()` without keys holds the whole keyspace: that is correct, but every other "
    "client waits. Hold the keys of `pairs`, all at once and no others.",
)
def test_it_holds_its_keys_only(code):
    """Exactly the keys that are set are held, all at once."""
    assert code.labs.s04.asked_by_check_and_set(PAIRS) == [[b"a", b"b"]]


@pytest.mark.exercise(
    "4.3",
    why="`put` tells the observers, and drops what belonged to the key before. A store.data[key] "
    "= value does neither, and `replace` is for a key that goes on being the same.",
)
def test_it_writes_with_put(code):
    """Each key is written with `put`, once."""
    assert code.labs.s04.doors_of_check_and_set(PAIRS)["writes"] == ["put a", "put b"]


@pytest.mark.exercise(
    "4.3",
    why="A key is there whatever it holds, and in step 6 that may be a list. `get` refuses a "
    "list; `find` does not.",
)
def test_it_looks_with_find(code):
    """No value is read with `get`."""
    assert code.labs.s04.doors_of_check_and_set(PAIRS)["reads"] == []


@pytest.mark.exercise(
    "4.3",
    why="If one of the keys exists, nothing at all is written, not even for a moment: to write "
    "and take it back tells all who watch the key twice that it has changed.",
)
def test_a_refusal_changes_nothing(code):
    """If the last of the keys is there, the store has seen no change."""
    assert code.labs.s04.doors_of_check_and_set(PAIRS, there=[b"b"])["writes"] == []


@pytest.mark.exercise(
    "4.3",
    why="In step 7 a key may have expired and still be in `store.data`, until somebody looks it "
    "up. Ask `find` whether it is there.",
)
def test_an_expired_key_is_not_there(code):
    """A key that `find` does not find any more is missing."""
    told = code.labs.s04.doors_of_check_and_set(PAIRS, there=[b"b"], expired=[b"b"])
    assert told["writes"] == ["put a", "put b"]


@pytest.mark.exercise(
    "4.3",
    why="`execute` holds the keys of MSETNX already, and `check_and_set` holds them again. The "
    "locks of the stripes allow that to the same thread; a lock of your own may not.",
)
def test_as_a_command(code):
    """MSETNX, sent by three clients at once, answers 1 to one of them and 0 to the others."""
    requests = [[b"MSETNX", b"a", b"%d" % n, b"b", b"%d" % n] for n in range(3)]
    replies, store = code.labs.s04.race(requests, given=True)
    assert sorted(replies, key=str) == [0, 0, 1]
    winner = b"%d" % replies.index(1)
    assert store == {b"a": winner, b"b": winner}
