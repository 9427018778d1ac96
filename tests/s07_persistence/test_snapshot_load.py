"""Exercise 7.6: load a snapshot, and refuse a damaged one."""

from __future__ import annotations

import re
import struct

import pytest

POLYNOMIAL = 0x95AC9329AC4BC9B5


def crc64(data):
    """The checksum once more, bit by bit as it is defined."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ POLYNOMIAL if crc & 1 else crc >> 1
    return crc


def snapshot(items=b"", version=b"0010", checksum=None):
    """The bytes of an RDB file."""
    data = b"REDIS" + version + items + b"\xff"
    return data + struct.pack("<Q", crc64(data) if checksum is None else checksum)


def string(key, value):
    """One short string, as it is in a file."""
    return b"\x00" + bytes([len(key)]) + key + bytes([len(value)]) + value


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "dump.rdb")


@pytest.fixture
def load(code, path):
    """`load(data)`: what a file with these bytes holds."""

    def call(data, now=None):
        with open(path, "wb") as file:
            file.write(data)
        return code.labs.s07.files.loaded(path, now)

    return call


@pytest.fixture
def refused(code, path):
    """`refused(data)`: the sentence with which a file with these bytes is refused."""

    def call(data):
        with open(path, "wb") as file:
            file.write(data)
        sentence = code.labs.s07.files.why_refused(path)
        assert sentence, f"the file was loaded, and begins with {data[:9]!r}"
        return sentence

    return call


@pytest.mark.exercise(
    "7.6",
    why="This file is good, and holds two keys of database 0. If you refuse it for its checksum: "
    "source.checksum() covers all bytes taken so far, so call it before you take the last "
    "eight.",
)
def test_keys_and_values(load):
    """Keys and values are loaded."""
    data = snapshot(string(b"k", b"v") + b"\x01\x01l\x02\x01a\x01b")
    assert load(data) == {0: {b"k": (b"v", None), b"l": ([b"a", b"b"], None)}}


@pytest.mark.exercise("7.6", why="A file without keys is whole, and empty.")
def test_an_empty_file(load):
    """A snapshot may hold nothing."""
    assert load(snapshot()) == {}


@pytest.mark.exercise(
    "7.6",
    why="entry.database says where an entry belongs. Several databases may have the same key.",
)
def test_several_databases(load):
    """Each key is loaded into its own database."""
    data = snapshot(b"\xfe\x00" + string(b"k", b"zero") + b"\xfe\x03" + string(b"k", b"three"))
    assert load(data) == {0: {b"k": (b"zero", None)}, 3: {b"k": (b"three", None)}}


@pytest.mark.exercise(
    "7.6",
    why="A deadline belongs to one key. entry.deadline is None for the others: they must not get "
    "one, and 0 is a deadline, too.",
)
def test_deadlines(load):
    """A key keeps its deadline, and the others have none."""
    deadlines = b"\xfc" + struct.pack("<q", 5000), b"\xfd" + struct.pack("<i", 7)
    data = snapshot(
        deadlines[0] + string(b"a", b"1") + string(b"b", b"2") + deadlines[1] + string(b"c", b"3")
        + b"\xfc" + bytes(8) + string(b"d", b"4")
    )  # fmt: skip
    expected = {b"a": (b"1", 5000), b"b": (b"2", None), b"c": (b"3", 7000), b"d": (b"4", 0)}
    assert load(data) == {0: expected}


@pytest.mark.exercise(
    "7.6",
    why="The last eight bytes hold the checksum of all bytes before them. A single bit that has "
    "flipped on the disk changes it. Compute it before you take those eight bytes.",
)
def test_a_wrong_checksum(refused):
    """A byte that has changed is found by the checksum."""
    data = snapshot(string(b"k", b"value"))
    for changed in (data.replace(b"value", b"valve"), data[:-1] + bytes([data[-1] ^ 1])):
        refused(changed)


@pytest.mark.exercise(
    "7.6",
    why="Redis writes 0 if the checksum is switched off (rdbchecksum no). Such a file is good.",
)
def test_no_checksum(load):
    """A checksum of 0 means that none was computed."""
    assert load(snapshot(string(b"k", b"v"), checksum=0)) == {0: {b"k": (b"v", None)}}


@pytest.mark.exercise(
    "7.6", why="Up to version 4 a file ends after its EOF byte. There are no eight bytes to take."
)
def test_old_files_have_no_checksum(load):
    """A file of version 4 ends without a checksum."""
    assert load(b"REDIS0004" + string(b"k", b"v") + b"\xff") == {0: {b"k": (b"v", None)}}


@pytest.mark.exercise(
    "7.6",
    why="The first five bytes tell an RDB file from any other. Look at them before you go on.",
)
@pytest.mark.parametrize("data", [b"PK\x03\x04 something else", b"redis0010\xff" + bytes(8)])
def test_no_rdb_file(refused, data):
    """A file that does not begin with REDIS is refused."""
    refused(data)


@pytest.mark.exercise(
    "7.6",
    why="In a newer version the bytes may mean anything. And int() accepts more than digits: it "
    "takes 1_0 and +10 for numbers, and for abcd it raises a different exception.",
)
@pytest.mark.parametrize("version", [b"0012", b"9999", b"0000", b"1_00", b"+010", b"  10", b"abcd"])
def test_a_version_that_we_do_not_know(refused, version):
    """A version that is newer, or not a number, is refused."""
    refused(snapshot(string(b"k", b"v"), version=version, checksum=0))


@pytest.mark.exercise(
    "7.6",
    why="Versions begin at 1. A file of version 0 has no checksum, so only the version shows that "
    "no server has written it.",
)
def test_version_zero(refused):
    """Version 0 does not exist, even if the rest of the file makes sense."""
    refused(b"REDIS0000" + string(b"k", b"v") + b"\xff")


@pytest.mark.exercise(
    "7.6", why="Every version from 1 to rdb.NEWEST is read, including 11, that of Redis 7.2."
)
@pytest.mark.parametrize("version", [b"0005", b"0009", b"0011"])
def test_versions_that_we_know(load, version):
    """Older versions and the newest are loaded."""
    assert load(snapshot(string(b"k", b"v"), version=version)) == {0: {b"k": (b"v", None)}}


@pytest.mark.exercise(
    "7.6",
    why="No server writes a key twice into one database. Which of the two values is right? Nobody "
    "can tell, so the file is refused.",
)
def test_a_key_twice(refused):
    """A key that is there twice is refused."""
    refused(snapshot(string(b"k", b"1") + string(b"k", b"2")))


@pytest.mark.exercise(
    "7.6",
    why="An empty string is a value, and it is false: `if contents.data.get(key)` takes its key "
    "for one that has not been read yet. Test `key in contents.data`.",
)
@pytest.mark.parametrize("key", [b"k", b""])
def test_a_key_twice_with_an_empty_string(refused, key):
    """A key with an empty string may not come twice either."""
    refused(snapshot(string(key, b"") + string(key, b"2")))
    refused(snapshot(string(key, b"") + string(b"other", b"1") + string(key, b"")))


@pytest.mark.exercise(
    "7.6",
    why="A file may end anywhere, if copying it was interrupted. entries, take and integer report "
    "that.",
)
def test_a_file_that_ends_too_early(refused):
    """A file that was cut, wherever, is refused."""
    data = snapshot(b"\xfe\x00\xfb\x02\x00" + string(b"key", b"value") + b"\x01\x01l\x01\x01a")
    for size in range(len(data)):
        refused(data[:size])


@pytest.mark.exercise(
    "7.6", why="The sentence is source.damaged(what): it adds the file, the byte and what to do."
)
def test_the_sentence(refused, path):
    """A refusal names the file, the byte and what to do, in one line."""
    sentence = refused(snapshot(string(b"k", b"v"))[:-8])
    assert sentence.startswith(f"{path} cannot be loaded: ")
    assert re.search(r"\(at byte \d+\)", sentence)
    assert sentence.endswith("put a backup in its place, or move it away to start without it")
    assert "\n" not in sentence


@pytest.mark.exercise("7.6", why="The file ends after the checksum.")
def test_something_behind_the_end(refused):
    """A file that goes on after its end is refused: something would be lost."""
    assert "goes on" in refused(snapshot(string(b"k", b"v")) + b"*1\r\n$4\r\nPING\r\n")


@pytest.mark.exercise(
    "7.6", why="Keys that have expired when the server starts need not be loaded."
)
def test_keys_that_are_over(load):
    """Keys whose deadline is past are left out if a time is given."""
    data = snapshot(
        b"\xfc" + struct.pack("<q", 999) + string(b"a", b"1")
        + b"\xfc" + struct.pack("<q", 1000) + string(b"b", b"2")
    )  # fmt: skip
    assert load(data, now=1000) == {0: {b"b": (b"2", 1000)}}


def test_no_file(code, path):
    """If there is no file, there is nothing to load."""
    assert code.labs.s07.files.loaded(path) == {}
