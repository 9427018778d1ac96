"""Files that were cut anywhere, or in which bits have flipped: refused in a sentence, or harmless.

Whatever stands in a file, loading it ends in one of two ways: what it says is loaded, or one
sentence says why not. An exception of any other kind, or a value that nobody saved, is a bug.
"""

from __future__ import annotations

import os
import random

import pytest

FAR = 4_000_000_000_123


@pytest.fixture
def lab(code):
    return code.labs.s07.files


def shelf(lab):
    """A little of everything."""
    made = lab.Shelf()
    made.put(b"text", b"value", FAR)
    made.put(b"number", b"-70000")
    made.put(b"list", [b"a", b"12", b"x" * 70])
    made.put(b"set", {b"a", b"b"}, database=3)
    made.put(b"hash", {b"f": b"v"}, FAR, database=3)
    made.put(b"board", {b"m": 1.5, b"n": float("-inf")}, database=3)
    return made


@pytest.fixture
def ours(code, lab, tmp_path):
    """A snapshot of ours."""
    path = tmp_path / "ours.rdb"
    code.s07.save(shelf(lab), str(path))
    return path.read_bytes()


PACKED = [
    *[["RPUSH", "list", *range(-40, 5000, 700)], ["RPUSH", "list", "x" * 70, "y" * 300]],
    *[["SADD", "numbers", 1, 2, 70000], ["SADD", "set", "a", "b"], ["SET", "long", "ab" * 400]],
    *[["HSET", "hash", "f", "v", "g", 7], ["ZADD", "board", 1, "m", "2.5", "n", "-inf", "o"]],
    *[["SET", "number", 1234567], ["PEXPIREAT", "number", FAR]],
]


@pytest.fixture
def theirs(redis_server, tmp_path):
    """A snapshot of redis-server, which is full of packed forms."""
    server = redis_server()
    client = server.client()
    for command in PACKED:
        assert not isinstance(client.ask(*command), str)
    client.ask("SAVE")
    server.kill()
    return (tmp_path / "dump.rdb").read_bytes()


@pytest.fixture(params=["ours", "theirs"])
def data(request):
    """A whole snapshot."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def verdict(lab, tmp_path):
    """`verdict(data)`: why a file with these bytes is refused, "" if it is not."""

    def call(data):
        path = tmp_path / "tried.rdb"
        path.write_bytes(data)
        sentence = lab.why_refused(str(path))
        assert "\n" not in sentence
        return sentence

    return call


def flipped(data, bit):
    """The data with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def without_checksum(data):
    return data[:-8] + bytes(8)


def test_a_snapshot_that_is_cut(data, verdict):
    """A snapshot that was cut, at any byte, is refused."""
    assert verdict(data) == ""
    for size in range(len(data)):
        assert verdict(data[:size]), size


def test_a_snapshot_in_which_a_bit_has_flipped(data, verdict):
    """One bit that has flipped, any one, is found."""
    for bit in range(8 * len(data)):
        assert verdict(flipped(data, bit)), bit


def test_a_snapshot_with_more_damage(data, verdict, seed):
    """Bytes that are changed, left out, or repeated are found."""
    chance = random.Random(seed)
    for _ in range(500):
        first, last = sorted(chance.choices(range(len(data) + 1), k=2))
        piece = data[first:last]
        for other in (chance.randbytes(len(piece)), b"", piece * 2, bytes(len(piece))):
            changed = data[:first] + other + data[last:]
            assert changed == data or verdict(changed), (first, last, other)


def test_damage_without_a_checksum(data, verdict, seed):
    """Where no checksum guards a file, damage is refused or loaded, and nothing worse."""
    guarded = without_checksum(data)
    for bit in range(8 * len(guarded) - 64):
        verdict(flipped(guarded, bit))
    chance = random.Random(seed)
    for _ in range(500):
        first, last = sorted(chance.choices(range(9, len(guarded) - 8), k=2))
        verdict(guarded[:first] + chance.randbytes(last - first) + guarded[last:])


def test_noise(verdict, seed):
    """Noise behind a good beginning is refused or loaded, and nothing worse."""
    chance = random.Random(seed)
    for size in range(300):
        verdict(b"REDIS0010" + chance.randbytes(size))
        verdict(chance.randbytes(size))


# ---------------------------------------------------------------- append-only files

INCREMENTS = "appendonly.aof.1.incr.aof"


@pytest.fixture
def folder(code, lab, tmp_path):
    """An append-only file with a base, some requests and a block."""
    path = str(tmp_path / "aof")
    journal = code.s07.Journal(path, policy="no")
    journal.start(shelf(lab))
    journal.append(0, [[b"SET", b"k", b"\r\n*1\r\n"]])
    journal.append(3, [[b"SADD", b"set", b"c"], [b"DEL", b"hash"]])
    journal.append(0, [[b"PEXPIREAT", b"k", b"%d" % FAR]])
    journal.close()
    return path


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def test_increments_that_are_cut(lab, folder):
    """Cut at any byte, what is whole is replayed, the rest is kept, and nothing comes twice."""
    data = read(folder, INCREMENTS)
    base, requests, _ = lab.replayed(folder)
    counts = set()
    for size in range(len(data)):
        write(folder, INCREMENTS, data[:size])
        again, found, notices = lab.replayed(folder)
        assert again == base
        assert found == requests[: len(found)]
        whole = read(folder, INCREMENTS)
        assert data.startswith(whole)
        counts.add(len(found))
        if len(notices) == 1:
            kept = os.path.join(folder, f"{INCREMENTS}.torn")
            assert whole + read(folder, kept) == data[:size]
            os.remove(kept)
        else:
            assert (whole, notices) == (data[:size], [])
    assert counts == {0, 1, 3}  # the block of two came as one, or not at all


def test_increments_in_which_a_bit_has_flipped(lab, folder):
    """A flipped bit is refused, or read as what it says: no exception of another kind."""
    data = read(folder, INCREMENTS)
    for bit in range(8 * len(data)):
        write(folder, INCREMENTS, flipped(data, bit))
        assert "\n" not in lab.why_not_replayed(folder)


def test_a_base_that_is_cut(lab, folder):
    """A base that was cut, at any byte, is refused, and the other files stay as they are."""
    name = "appendonly.aof.1.base.rdb"
    data, increments = read(folder, name), read(folder, INCREMENTS)
    for size in range(5, len(data)):
        write(folder, name, data[:size])
        assert name in lab.why_not_replayed(folder), size
    assert read(folder, INCREMENTS) == increments


def test_a_manifest_that_is_cut(lab, folder):
    """A manifest that was cut is refused, or it still says something."""
    name = "appendonly.aof.manifest"
    data = read(folder, name)
    refused = 0
    for size in range(len(data)):
        write(folder, name, data[:size])
        sentence = lab.why_not_replayed(folder)
        assert "\n" not in sentence
        refused += bool(sentence)
    assert refused > len(data) - 10
    for bit in range(8 * len(data)):
        write(folder, name, flipped(data, bit))
        assert "\n" not in lab.why_not_replayed(folder)
