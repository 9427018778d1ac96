"""Exercises 3.1 to 3.4: keys, values, and the doors to them."""

from __future__ import annotations

import pytest

NO_NUMBER = "ERR value is not an integer or out of range"
OVERFLOW = "ERR increment or decrement would overflow"
MAX = 2**63 - 1
MIN = -(2**63)


def store_with(code, **values):
    """A store that has these values: `store_with(code, k=b"v")`."""
    store = code.s03.Store()
    for key, value in values.items():
        store.put(key.encode(), value)
    return store


def refused(code, value, by):
    """What adding `by` to this string is refused with, and the string afterwards."""
    store = store_with(code, k=value)
    return code.labs.s03.refused_increment(store, b"k", by), store.get(b"k")


# ---------------------------------------------------------------- 3.1


@pytest.mark.exercise(
    "3.1", why="Keep the value under the key, so that get finds it: the same bytes, nothing else."
)
@pytest.mark.parametrize("value", [b"one", b"", b"\r\n\x00\xff", b" spaces ", b"7"])
def test_what_is_set_is_there(code, value):
    """What was set is what get returns."""
    store = code.s03.Store()
    assert store.get(b"k") is None
    store.set(b"k", value)
    assert store.get(b"k") == value


@pytest.mark.exercise(
    "3.1",
    why="The reply is the value that was there before. Read it before you write: afterwards it is "
    "gone, and you get back what you have put in yourself.",
)
def test_the_old_value_is_returned(code):
    """Set returns the value that was there before."""
    store = code.s03.Store()
    assert store.set(b"k", b"one") is None
    assert store.set(b"k", b"two") == b"one"
    assert store.set(b"k", b"") == b"two"


@pytest.mark.exercise(
    "3.1",
    why="An empty string is a value, and not the same as none, though both are false in Python. "
    "`old or None` makes them the same.",
)
def test_an_old_value_that_is_empty(code):
    """An empty string that was there is returned as one."""
    store = code.s03.Store()
    store.set(b"k", b"")
    assert store.set(b"k", b"one") == b""


@pytest.mark.exercise(
    "3.1", why="A key is bytes, compared byte by byte: capitals count, and so does a blank."
)
def test_keys_are_bytes(code):
    """Keys that differ in a byte are different keys."""
    store = code.s03.Store()
    keys = [b"k", b"K", b" k", b"", b"\xff", "é".encode(), b"e\xcc\x81"]
    for number, key in enumerate(keys):
        assert store.set(key, b"%d" % number) is None
    assert [store.get(key) for key in keys] == [b"0", b"1", b"2", b"3", b"4", b"5", b"6"]


@pytest.mark.exercise(
    "3.1",
    why="`put` is the access method: it keeps the value and reports the change. self.data[key] = "
    "value works today, but bypasses whatever a later step adds to `put`: a time to live, a client "
    "that waits for the key.",
)
def test_set_goes_through_the_door(code):
    """A value is written with `put`, once, and the change is counted."""
    store = code.labs.s03.WatchedStore()
    store.set(b"k", b"one")
    store.set(b"k", b"two")
    assert list(store.doors) == ["put k", "put k"]
    assert store.changes == 2


@pytest.mark.exercise(
    "3.1",
    why="A SET of the same value is a SET too: it drops a time to live (step 7), and clients that "
    "watch the key hear of it. Only the key counts here, not whether the bytes differ.",
)
def test_an_equal_value_is_put_too(code):
    """Setting the same value again is a change like any other."""
    store = code.labs.s03.WatchedStore()
    store.put(b"k", b"one")
    assert store.set(b"k", b"one") == b"one"
    assert list(store.doors) == ["put k", "put k"]
    assert store.changes == 2


READ_WHY = (
    "Read with `self.get`. In step 6 a key may hold a list, and `get` refuses that one; `self.data` "
    "and `self.find` hand it out as if it were a string."
)


@pytest.mark.exercise("3.1", why=READ_WHY)
def test_set_reads_through_get(code):
    """The old value is read through `get`."""
    store = code.labs.s03.WatchedStore()
    store.set(b"k", b"one")
    assert "get k" in list(store.reads)


# ---------------------------------------------------------------- 3.2

DELETE_WHY = "Each key that was there counts, once. A key that is not there is no error."


@pytest.mark.exercise("3.2", why=DELETE_WHY)
def test_keys_are_deleted(code):
    """Deleted keys are gone, others stay; the reply counts those that were there."""
    store = store_with(code, a=b"1", b=b"2", c=b"3")
    assert store.delete([b"a", b"c"]) == 2
    assert [store.get(b"a"), store.get(b"b"), store.get(b"c")] == [None, b"2", None]
    assert store.delete([b"a", b"c"]) == 0
    assert store.delete([]) == 0


@pytest.mark.exercise("3.2", why=DELETE_WHY)
def test_keys_that_are_not_there(code):
    """A missing key does not count, and the keys after it are deleted."""
    store = store_with(code, a=b"1", b=b"2")
    assert store.delete([b"x", b"a", b"y", b"b", b"z"]) == 2
    assert store.exists([b"a", b"b"]) == 0


@pytest.mark.exercise(
    "3.2",
    why="The second time it is no longer there. If you count first and delete afterwards, you "
    "count it twice.",
)
def test_a_key_named_twice(code):
    """A key that is named twice is deleted, and counted, once."""
    store = store_with(code, k=b"v", other=b"v")
    assert store.delete([b"k", b"k", b"k"]) == 1
    assert store.exists([b"k", b"other"]) == 1


@pytest.mark.exercise(
    "3.2",
    why="An empty string is a value that is there, though it is false in Python, and it may be a "
    "key as well. `discard` says whether the key was there.",
)
def test_an_empty_value_is_deleted(code):
    """A key with an empty value, and an empty key, are deleted, and count."""
    store = store_with(code, k=b"")
    store.put(b"", b"v")
    assert store.delete([b"k", b""]) == 2
    assert store.exists([b"k", b""]) == 0


@pytest.mark.exercise(
    "3.2",
    why="In step 6 a key may hold a list, and `get` refuses that one, but DEL deletes any key. "
    "There is no need to look at the value: `discard` says whether the key was there.",
)
def test_delete_reads_no_value(code):
    """No value is read with `get`."""
    store = code.labs.s03.WatchedStore()
    store.put(b"k", b"v")
    store.delete([b"k", b"other"])
    assert list(store.reads) == []


EXPIRED_WHY = (
    "In step 7 a key may have expired: it is still in `self.data`, and removed when somebody looks it "
    "up. So {}."
)


@pytest.mark.exercise(
    "3.2",
    why="`discard` is the access method. It counts the change; `del self.data[key]` would not.",
)
def test_delete_goes_through_the_door(code):
    """A key is removed with `discard`, and only if it is there."""
    store = code.labs.s03.WatchedStore()
    store.put(b"k", b"v")
    store.delete([b"k", b"other", b"k"])
    assert list(store.doors) == ["put k", "discard k"]
    assert store.changes == 2


@pytest.mark.exercise(
    "3.2", why=EXPIRED_WHY.format("`discard` alone knows whether the key was there")
)
def test_an_expired_key_does_not_count(code):
    """A key that `find` does not find any more is not counted."""
    store = code.labs.s03.FleetingStore()
    store.put(b"k", b"v")
    store.put(b"over", b"v")
    store.expire(b"over")
    assert store.delete([b"over", b"k"]) == 1


@pytest.mark.exercise(
    "3.2",
    why="`keys` is any iterable. A generator can be walked through only once: if you count in a "
    "first round, no key is left for the second.",
)
def test_keys_that_can_be_walked_through_once(code):
    """Keys that come from a generator are all deleted and all counted."""
    store = store_with(code, a=b"1", b=b"2", c=b"3")
    assert code.labs.s03.delete_once(store, [b"a", b"x", b"c"]) == 2
    assert store.exists([b"a", b"b", b"c"]) == 1


# ---------------------------------------------------------------- 3.3


@pytest.mark.exercise(
    "3.3",
    why="nx: write only if the key is not there. That is how a lock is taken. The second item of "
    "the result is the old value, even if nothing was written.",
)
def test_nx(code):
    """With nx a value is written only if the key does not exist."""
    store = code.s03.Store()
    assert tuple(store.set_if(b"k", b"one", nx=True)) == (True, None)
    assert tuple(store.set_if(b"k", b"two", nx=True)) == (False, b"one")
    assert store.get(b"k") == b"one"


@pytest.mark.exercise(
    "3.3",
    why="xx: write only if the key is there. The second item of the result is what was there "
    "before.",
)
def test_xx(code):
    """With xx a value is written only if the key exists."""
    store = code.s03.Store()
    assert tuple(store.set_if(b"k", b"one", xx=True)) == (False, None)
    assert store.get(b"k") is None
    store.put(b"k", b"one")
    assert tuple(store.set_if(b"k", b"two", xx=True)) == (True, b"one")
    assert store.get(b"k") == b"two"


@pytest.mark.exercise(
    "3.3",
    why="Without nx and xx it writes, whatever was there. The second item of the result is the "
    "value before the write.",
)
def test_neither(code):
    """With neither a value is always written, and the old one returned."""
    store = code.s03.Store()
    assert tuple(store.set_if(b"k", b"one")) == (True, None)
    assert tuple(store.set_if(b"k", b"two")) == (True, b"one")
    assert store.get(b"k") == b"two"


@pytest.mark.exercise(
    "3.3",
    why="An empty string is a value, and it exists, though Python takes it for false. Test "
    "whether the old value `is None`.",
)
def test_an_empty_value_is_there(code):
    """A key with an empty value is there: nx refuses, xx writes."""
    store = store_with(code, k=b"")
    assert tuple(store.set_if(b"k", b"new", nx=True)) == (False, b"")
    assert store.get(b"k") == b""
    assert tuple(store.set_if(b"k", b"new", xx=True)) == (True, b"")
    assert store.get(b"k") == b"new"


@pytest.mark.exercise(
    "3.3",
    why="SET gives the key a new life, with NX and XX as well: it writes with `put`. `replace` "
    "would leave a time to live on the key, once step 7 brings one.",
)
def test_xx_puts(code):
    """A value is put, not replaced, with either option and without one."""
    store = code.labs.s03.WatchedStore()
    store.set_if(b"k", b"one", nx=True)
    store.set_if(b"k", b"two", xx=True)
    store.set_if(b"k", b"three")
    assert list(store.doors) == ["put k", "put k", "put k"]


@pytest.mark.exercise(
    "3.3",
    why="If the answer is no, nothing is written, not even the same value again. A write tells "
    "all clients that watch the key that it has changed.",
)
def test_a_refusal_changes_nothing(code):
    """A refusal changes nothing."""
    store = code.labs.s03.WatchedStore()
    store.set_if(b"k", b"one", xx=True)
    assert store.changes == 0
    store.set_if(b"k", b"one", nx=True)
    store.set_if(b"k", b"two", nx=True)
    assert list(store.doors) == ["put k"]
    assert store.changes == 1


@pytest.mark.exercise(
    "3.3", why=EXPIRED_WHY.format("ask `get` whether the key is there, and not the dictionary")
)
def test_an_expired_key_is_not_there(code):
    """For nx and xx, a key that `get` does not find any more is missing."""
    store = code.labs.s03.FleetingStore()
    for key in (b"a", b"b"):
        store.put(key, b"old")
        store.expire(key)
    assert tuple(store.set_if(b"a", b"new", nx=True)) == (True, None)
    assert tuple(store.set_if(b"b", b"new", xx=True)) == (False, None)


@pytest.mark.exercise(
    "3.3",
    why="A SET of the same value is a SET too: it drops a time to live, and clients that watch "
    "the key hear of it. Whether to write depends on the key alone, not on the values.",
)
def test_an_equal_value_is_written_too(code):
    """Writing the same value again is a change like any other."""
    store = code.labs.s03.WatchedStore()
    store.put(b"k", b"one")
    assert tuple(store.set_if(b"k", b"one", xx=True)) == (True, b"one")
    assert store.changes == 2


@pytest.mark.exercise("3.3", why=READ_WHY)
@pytest.mark.parametrize("option", ["nx", "xx"])
def test_set_if_reads_through_get(code, option):
    """The old value is read through `get`, with either option."""
    store = code.labs.s03.WatchedStore()
    store.set_if(b"k", b"one", **{option: True})
    assert "get k" in list(store.reads)


# ---------------------------------------------------------------- 3.4


@pytest.mark.exercise(
    "3.4", why="A key that is not there counts as 0. The reply is the sum, a number."
)
def test_counting(code):
    """A number is counted up and down, and a missing one begins at 0."""
    store = code.s03.Store()
    assert store.increment(b"hits", 5) == 5
    assert store.increment(b"hits", -7) == -2
    assert store.increment(b"hits", 0) == -2
    assert store.increment(b"other", -1) == -1


@pytest.mark.exercise(
    "3.4",
    why="In the store there is a string of digits: GET returns it, and step 7 writes it to a "
    "file. A Python int would come back as another kind of reply.",
)
def test_a_number_is_kept_as_its_digits(code):
    """The stored value is the string of the number's digits."""
    store = store_with(code, hits=b"41")
    assert store.increment(b"hits", 1) == 42
    assert store.get(b"hits") == b"42"
    store.increment(b"hits", -142)
    assert store.get(b"hits") == b"-100"


@pytest.mark.exercise(
    "3.4",
    why="int() takes b' 7', b'+7', b'1_0' and b'007'. Redis takes none of them, and a server that "
    "counts on from there changes a string that was never a number. parse_int64 is as strict as "
    "Redis. An empty string is not a number either.",
)
@pytest.mark.parametrize(
    "value", [b"seven", b" 7", b"7 ", b"+7", b"1_0", b"007", b"7.0", b"", b"-", b"-0", b"7\n"]
)
def test_a_value_that_is_no_number(code, value):
    """A string that is not a decimal number is refused, and stays as it is."""
    assert refused(code, value, 1) == (NO_NUMBER, value)


@pytest.mark.exercise(
    "3.4",
    why="A string of too many digits is out of range: parse_int64 returns None for that as well.",
)
@pytest.mark.parametrize("value", [b"9223372036854775808", b"-9223372036854775809", b"9" * 30])
def test_a_value_of_more_than_64_bits(code, value):
    """A number of more than 64 bits is refused, and stays as it is."""
    assert refused(code, value, -1) == (NO_NUMBER, value)


@pytest.mark.exercise(
    "3.4",
    why="Python's integers have no limit, but a client in C has 64 bits. Beyond them the result "
    "is an error, and not a number wrapped around to the other end.",
)
@pytest.mark.parametrize(
    ("value", "by"), [(MAX, 1), (MIN, -1), (MAX - 4, 5), (1, MAX), (-2, MIN + 1), (MIN, MIN)]
)
def test_the_sum_has_64_bits(code, value, by):
    """A sum of more than 64 bits is refused."""
    assert refused(code, b"%d" % value, by)[0] == OVERFLOW


@pytest.mark.exercise("3.4", why="The limits themselves are within the limits: < is not <=.")
def test_the_limits_can_be_reached(code):
    """The largest and the smallest number can be reached, and left again."""
    store = store_with(code, k=b"%d" % (MAX - 1))
    assert store.increment(b"k", 1) == MAX
    assert store.increment(b"k", -1) == MAX - 1
    store.put(b"k", b"%d" % (MIN + 1))
    assert store.increment(b"k", -1) == MIN
    assert store.increment(b"k", MAX) == -1
    assert store.increment(b"zero", MIN) == MIN


@pytest.mark.exercise(
    "3.4",
    why="After an error everything is as it was. So check first and write last: a sum that is "
    "written and then found too large stays in the store.",
)
def test_an_error_leaves_the_value(code):
    """A sum that is refused is not written."""
    store = store_with(code, k=b"%d" % MAX)
    before = store.changes
    assert code.labs.s03.refused_increment(store, b"k", 1) == OVERFLOW
    assert store.get(b"k") == b"%d" % MAX
    assert store.changes == before


@pytest.mark.exercise(
    "3.4",
    why="`replace` is for a key that stays but gets another value; `put` starts the key over, and "
    "will drop its time to live in step 7.",
)
def test_counting_goes_through_the_door(code):
    """A number is written with `replace`, not with `put`."""
    store = code.labs.s03.WatchedStore()
    store.put(b"k", b"1")
    store.increment(b"k", 1)
    store.increment(b"new", 1)
    assert list(store.doors) == ["put k", "replace k", "replace new"]
    assert store.changes == 3


@pytest.mark.exercise(
    "3.4",
    why="0 is a number like any other: the key is there afterwards, and holds 0. `if by:` leaves "
    "it out.",
)
def test_counting_by_zero(code):
    """To add 0 to a missing key makes it 0."""
    store = code.s03.Store()
    assert store.increment(b"n", 0) == 0
    assert store.get(b"n") == b"0"


@pytest.mark.exercise("3.4", why=READ_WHY)
def test_counting_reads_through_get(code):
    """The number is read through `get`."""
    store = code.labs.s03.WatchedStore()
    store.increment(b"k", 1)
    assert "get k" in list(store.reads)


# ---------------------------------------------------------------- what is given


def test_the_doors(code):
    """The access methods keep, replace, move and discard; each change is counted."""
    store = code.s03.Store()
    store.put(b"a", b"1")
    store.replace(b"a", b"2")
    assert store.rename(b"a", b"b") is True
    assert store.rename(b"a", b"c") is False
    assert [store.find(b"a"), store.find(b"b")] == [None, b"2"]
    changes = store.changes
    assert store.discard(b"b") is True
    assert store.changes == changes + 1
    assert store.discard(b"b") is False
    assert store.changes == changes + 1


def test_a_key_renamed_to_itself(code):
    """A key that is renamed to its own name is still there."""
    store = store_with(code, a=b"1")
    assert store.rename(b"a", b"a") is True
    assert store.get(b"a") == b"1"


def test_exists_counts_each_mention(code):
    """A key that is named twice counts twice, and an empty value is there."""
    store = store_with(code, a=b"1", b=b"")
    assert store.exists([b"a", b"a", b"b", b"c"]) == 3
    assert store.exists([]) == 0


def test_keys_and_clear(code):
    """All keys are listed, and cleared; each of them is a change."""
    store = store_with(code, a=b"1", b=b"2")
    assert sorted(store.keys()) == [b"a", b"b"]
    store.clear()
    assert store.keys() == []
    assert store.changes == 4
