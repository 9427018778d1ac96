"""Deadlines and files with values that nobody knows beforehand."""

from __future__ import annotations

import random
import struct

import pytest

NOW = 1_700_000_000_000


def encoded(*words):
    """A request as it is in a file."""
    return b"*%d\r\n" % len(words) + b"".join(
        b"$%d\r\n%b\r\n" % (len(word), word) for word in words
    )


def word(chance):
    """Any word."""
    return b"%x" % chance.randrange(1 << 40)


@pytest.mark.exercise("7.1", why="The deadline is kept to the millisecond, whichever it is.")
def test_any_deadline(code, seed):
    """Any deadline is kept, for any key."""
    chance = random.Random(seed)
    clock = code.s07.ManualClock(NOW)
    keyspace = code.s07.Keyspace(clock)
    for _ in range(8):
        key, wait = word(chance), chance.randint(1, 10**9)
        keyspace.put(key, b"v")
        assert keyspace.expire_at(key, NOW + wait) is True
        assert keyspace.ttl(key) == wait


@pytest.mark.exercise("7.2", why="A key lives until its deadline, and no millisecond longer.")
def test_any_time_to_live(code, seed):
    """Whatever its deadline: at that time a key still lives, a millisecond later it does not."""
    chance = random.Random(seed)
    for _ in range(5):
        key, wait = word(chance), chance.randint(1, 10**9)
        clock = code.s07.ManualClock(NOW)
        keyspace = code.labs.s07.keyspace_with({key: NOW + wait}, clock)
        clock.advance(wait)
        assert keyspace.get(key) == b"v"
        clock.advance(1)
        assert keyspace.get(key) is None


@pytest.mark.exercise("7.3", why="All expired keys go; the others stay, however many there are.")
def test_any_number_that_is_over(code, seed):
    """However many keys have expired: those go, and the others stay."""
    chance = random.Random(seed)
    over, alive = chance.randint(6, 10), chance.randint(1, 10)
    deadlines = {b"alive %d" % number: NOW + 1000 for number in range(alive)}
    deadlines |= {b"over %d" % number: NOW - 1 for number in range(over)}
    keyspace = code.labs.s07.keyspace_with(deadlines, code.s07.ManualClock(NOW))
    assert code.s07.expire_some(keyspace, 25, code.s07.ManualClock(0)) == over
    assert len(keyspace.data) == alive


@pytest.mark.exercise("7.4", why="Lengths and bytes are those of this key and of this value.")
def test_any_entry(code, seed):
    """Any key, value and deadline become the bytes of an RDB file."""
    chance = random.Random(seed)
    for _ in range(8):
        key, value = b"key" + word(chance), b"value" + word(chance)
        deadline = chance.randrange(1 << 50)
        wire = b"\x00" + b"".join(bytes([len(one)]) + one for one in (key, value))
        assert code.labs.s07.files.entry_bytes(key, value) == wire
        timed = b"\xfc" + struct.pack("<q", deadline) + wire
        assert code.labs.s07.files.entry_bytes(key, value, deadline) == timed


@pytest.mark.exercise("7.5", why="The pieces are written as they come, all of them.")
def test_any_pieces(code, tmp_path, seed):
    """Any pieces are the content of the new file."""
    chance = random.Random(seed)
    path = tmp_path / "dump.rdb"
    pieces = [chance.randbytes(chance.randrange(300)) for _ in range(chance.randint(1, 9))]
    disk = code.labs.s07.files.RecordingDisk()
    assert code.labs.s07.files.write_in_pieces(str(path), pieces, disk) == ""
    assert path.read_bytes() == b"".join(pieces)


@pytest.mark.exercise("7.6", why="What is loaded is what is in the file, key by key.")
def test_any_snapshot(code, tmp_path, seed):
    """Any strings in a file are loaded."""
    chance = random.Random(seed)
    path = tmp_path / "dump.rdb"
    strings = {b"key" + word(chance): b"value" + word(chance) for _ in range(9)}
    items = b"".join(
        b"\x00" + bytes([len(key)]) + key + bytes([len(value)]) + value
        for key, value in strings.items()
    )
    path.write_bytes(b"REDIS0010" + items + b"\xff" + bytes(8))  # a checksum of 0 is none
    wanted = {key: (value, None) for key, value in strings.items()}
    assert code.labs.s07.files.loaded(str(path)) == {0: wanted}


@pytest.mark.exercise("7.7", why="What was appended is what is in the file after a flush.")
def test_any_requests_are_written(code, tmp_path, seed):
    """Any requests are in the journal as they came."""
    chance = random.Random(seed)
    folder = tmp_path / "aof"
    journal = code.s07.Journal(
        str(folder),
        policy=chance.choice(["always", "everysec", "no"]),
        clock=code.s07.ManualClock(1_000_000),
        disk=code.labs.s07.files.RecordingDisk(),
    )
    journal.start({})
    requests = [[b"SET", word(chance), word(chance)] for _ in range(chance.randint(1, 9))]
    for request in requests:
        journal.append(0, [request])
    journal.flush()
    (path,) = folder.glob("*.incr.aof")
    whole = encoded(b"SELECT", b"0") + b"".join(encoded(*request) for request in requests)
    assert path.read_bytes() == whole


@pytest.mark.exercise("7.8", why="The requests come as they are in the file, up to its last byte.")
def test_any_requests_are_read(code, tmp_path, seed):
    """Any requests of a file come in order, and a torn one at the end is reported."""
    chance = random.Random(seed)
    path = tmp_path / "one.aof"
    requests = [[b"SET", word(chance), word(chance)] for _ in range(chance.randint(1, 9))]
    data = b"".join(encoded(*request) for request in requests)
    path.write_bytes(data)
    assert code.labs.s07.files.requests_in(str(path)) == (requests, len(data), "")
