"""Exercise 7.4: a value to RDB bytes."""

from __future__ import annotations

import struct

import pytest


@pytest.fixture
def entry(code):
    """`entry(key, value, deadline)`: the bytes of one key."""
    return code.labs.s07.files.entry_bytes


@pytest.mark.exercise(
    "7.4",
    why="Type, key, value: the type is one byte, and key and value are strings as encode_string "
    "makes them, each with its length.",
)
def test_a_string(entry):
    """A string is its type, the key, and the bytes."""
    assert entry(b"k", b"v") == b"\x00\x01k\x01v"
    assert entry(b"", b"") == b"\x00\x00\x00"
    assert entry(b"\r\n", b"\x00\xff") == b"\x00\x02\r\n\x02\x00\xff"


@pytest.mark.exercise(
    "7.4",
    why="encode_string also recognizes numbers, and stores them in one, two or four bytes. Keys, "
    "items and values all go through it.",
)
def test_numbers_are_kept_as_numbers(entry):
    """Strings that spell a number take less room, wherever they are."""
    assert entry(b"n", b"7") == b"\x00\x01n\xc0\x07"
    assert entry(b"12", b"-300") == b"\x00\xc0\x0c\xc1\xd4\xfe"
    assert entry(b"l", [b"100000", b"007"]) == b"\x01\x01l\x02\xc2\xa0\x86\x01\x00\x03007"


@pytest.mark.exercise("7.4", why="A list keeps its order: the count, then each item from the head.")
def test_a_list(entry):
    """A list is a count and its items in order."""
    assert entry(b"l", [b"a", b"bc", b"a"]) == b"\x01\x01l\x03\x01a\x02bc\x01a"


@pytest.mark.exercise("7.4", why="A set is written like a list, under a type of its own.")
def test_a_set(entry):
    """A set is a count and its members, in any order."""
    assert entry(b"s", {b"a"}) == b"\x02\x01s\x01\x01a"
    data = entry(b"s", {b"a", b"b", b"c"})
    assert data[:4] == b"\x02\x01s\x03"
    assert {data[4:6], data[6:8], data[8:]} == {b"\x01a", b"\x01b", b"\x01c"}


@pytest.mark.exercise(
    "7.4",
    why="The count of a hash is the number of its fields. Each field is followed by its value: "
    "field, value, field, value, and not all fields first.",
)
def test_a_hash(entry):
    """A hash is the number of its fields, then field and value in turn."""
    assert entry(b"h", {b"f": b"v"}) == b"\x04\x01h\x01\x01f\x01v"
    assert entry(b"h", {b"a": b"x", b"b": b"y"}) == b"\x04\x01h\x02\x01a\x01x\x01b\x01y"


@pytest.mark.exercise(
    "7.4",
    why="Type 5 has the score after its member, as a double of eight bytes, the lowest byte "
    "first: pack('<d', score).",
)
@pytest.mark.parametrize("score", [1.0, -0.5, 0.1 + 0.2, float("inf"), float("-inf"), 1e300])
def test_a_sorted_set(entry, score):
    """A sorted set has each score, to the last bit, after its member."""
    assert entry(b"z", {b"m": score}) == b"\x05\x01z\x01\x01m" + struct.pack("<d", score)


@pytest.mark.exercise("7.4", why="All members with their scores; a sorted set may be in order.")
def test_a_sorted_set_of_several(entry):
    """Every member of a sorted set is there, with its own score."""
    data = entry(b"z", {b"a": 2.0, b"b": 1.0})
    assert data[:4] == b"\x05\x01z\x02"
    pairs = {data[4:14], data[14:]}
    assert pairs == {b"\x01a" + struct.pack("<d", 2), b"\x01b" + struct.pack("<d", 1)}


@pytest.mark.exercise(
    "7.4",
    why="A count is encoded like a length: one byte up to 63, two up to 16383, then five. "
    "bytes([count]) is the same up to 63 items, and something else from 64 on.",
)
@pytest.mark.parametrize(
    ("count", "encoded"),
    [(63, b"\x3f"), (64, b"\x40\x40"), (300, b"\x41\x2c"), (20_000, b"\x80\x00\x00\x4e\x20")],
)
def test_many_items(entry, count, encoded):
    """The count of a large collection takes more than one byte."""
    items = [b"item %d" % number for number in range(count)]
    for kind, value in (
        (1, items),
        (2, set(items)),
        (4, dict.fromkeys(items, b"")),
        (5, dict.fromkeys(items, 0.5)),
    ):
        data = entry(b"k", value)
        assert data[: 3 + len(encoded)] == bytes([kind]) + b"\x01k" + encoded


@pytest.mark.exercise(
    "7.4",
    why="`data += piece` copies everything so far for each item: for a list of 2 000 items it is "
    "copied a thousand times over. Collect the pieces in a list and join them once.",
)
@pytest.mark.parametrize("kind", ["list", "set", "hash", "zset"])
def test_a_long_value_is_copied_once(code, seed, kind):
    """However many items a value has, their bytes are copied a few times at most."""
    items, length = 500 + seed % 500, 50 + seed % 77
    copied = code.labs.s07.files.copied_by_entry(kind, items, length)
    assert copied <= 4 * items * (length + 20)


@pytest.mark.exercise(
    "7.4",
    why="The deadline comes before the type: the byte 252 and eight bytes of milliseconds, the "
    "lowest byte first. A loader keeps it for the key that follows.",
)
def test_a_deadline(entry):
    """A deadline comes before everything else of its key."""
    data = entry(b"k", b"v", 1_700_000_000_123)
    assert data == b"\xfc\x7b\x68\xe5\xcf\x8b\x01\x00\x00" + b"\x00\x01k\x01v"
    assert entry(b"l", [b"a"], 1)[9:] == b"\x01\x01l\x01\x01a"


@pytest.mark.exercise(
    "7.4",
    why="The deadline is signed: `q`, and not `Q`. An append-only file may have one from before 1970.",
)
def test_a_deadline_before_1970(entry):
    """A negative deadline is written like any other."""
    assert entry(b"k", b"v", -2) == b"\xfc\xfe" + b"\xff" * 7 + b"\x00\x01k\x01v"


@pytest.mark.exercise(
    "7.4",
    why="What you get is the value that clients see. `pop` and `popleft` take items out of it, so the "
    "first snapshot would empty the database. And `type(value) is deque` is not true of a class that "
    "derives from deque, such as step 10 has; isinstance and `case deque():` are.",
)
def test_a_value_is_only_read(code, entry):
    """A value is as it was afterwards, and may be of a derived class."""
    items = code.labs.s06.CountedDeque([b"a", b"b"])
    values = [items, {b"a", b"b"}, {b"a": b"b"}, code.s06.SortedSet([(b"a", 1.0), (b"b", 2.0)])]
    sizes = []
    for value in values:
        entry(b"k", value)
        sizes.append(len(value))
    assert sizes == [2, 2, 1, 2]
    assert entry(b"k", items) == b"\x01\x01k\x02\x01a\x01b"


@pytest.mark.exercise(
    "7.4",
    why="0 is a deadline like any other, long past: test `deadline is None`. Without its deadline "
    "the key would live for ever after the next start.",
)
def test_the_deadline_zero(entry):
    """A deadline of 0 is one."""
    assert entry(b"k", b"v", 0) == b"\xfc" + bytes(8) + b"\x00\x01k\x01v"
