"""Exercise 7.9: a snapshot as commands. What they do counts, not what they are called."""

from __future__ import annotations

import math
import random
import struct

import pytest

NOW = 1_700_000_000_000
LATER = NOW + 1


@pytest.fixture
def shelf(code):
    """Databases to be filled by `put`."""
    return code.labs.s07.files.Shelf()


@pytest.fixture
def export(code):
    """`export.requests(shelf)` and `export.rebuilt(shelf)`."""
    return code.labs.s07.exports


@pytest.mark.exercise(
    "7.9", why="Each type has a command that makes a value of it, with the items in their order."
)
@pytest.mark.parametrize(
    "value",
    [
        b"text",
        b"",
        bytes(range(256)),
        [b"b", b"a", b"", b"a"],
        {b"one", b"\r\n", b""},
        {b"field": b"value", b"": b"\x00"},
        {b"low": -1.5, b"high": 2.0},
    ],
)
def test_a_value_of_each_type(export, shelf, value):
    """An empty server that runs the requests has the value, and nothing else."""
    shelf.put(b"k", value)
    assert export.rebuilt(shelf) == {0: {b"k": (value, None)}}


@pytest.mark.exercise(
    "7.9",
    why="A deadline is a point in time, and stays the same however late the requests are run: use "
    "PEXPIREAT, not PEXPIRE. It comes after the value; a later SET would remove it again.",
)
def test_deadlines(export, shelf):
    """Keys of every type keep their deadline to the millisecond; others have none."""
    shelf.put(b"string", b"v", LATER)
    shelf.put(b"list", [b"a"] * 100, LATER + 123)
    shelf.put(b"zset", {b"m": 1.0}, LATER + 10**9)
    shelf.put(b"stays", {b"a"})
    assert {key: end for key, (_, end) in export.rebuilt(shelf)[0].items()} == {
        b"string": LATER,
        b"list": LATER + 123,
        b"zset": LATER + 10**9,
        b"stays": None,
    }


@pytest.mark.exercise(
    "7.9",
    why="An expired key does not exist, though it is still in the dictionary. If it is the only key of "
    "its database, there is nothing to select either.",
)
def test_expired_keys(export, shelf):
    """Keys whose deadline is now or before are left out, as if they were not there."""
    shelf.put(b"past", b"v", NOW - 1)
    shelf.put(b"now", [b"a"], NOW)
    shelf.put(b"other", b"v", 0, database=3)
    assert export.requests(shelf) == []
    shelf.put(b"later", b"v", LATER)
    assert export.rebuilt(shelf) == {0: {b"later": (b"v", LATER)}}


@pytest.mark.exercise(
    "7.9", why="A new connection is in database 0. SELECT goes to another one, and back if need be."
)
def test_databases(export, shelf):
    """Each key is in its own database again, in whichever order the databases come."""
    for number in (2, 0, 15):
        shelf.put(b"k", b"%d" % number, database=number)
        shelf.put(b"l%d" % number, [b"a"], database=number)
    assert export.rebuilt(shelf) == {
        number: {b"k": (b"%d" % number, None), b"l%d" % number: ([b"a"], None)}
        for number in (2, 0, 15)
    }


@pytest.mark.exercise(
    "7.9",
    why="A score is a double, and 0.1 + 0.2 is not 0.3. `repr` gives as many digits as the number "
    "needs; `%f` and `%g` cut them off.",
)
def test_scores_to_the_last_bit(export, shelf, seed):
    """Scores of every size, the infinite ones too, are the same doubles afterwards."""
    chance = random.Random(seed)
    drawn = (struct.unpack("<d", chance.randbytes(8))[0] for _ in range(200))
    scores = [0.1 + 0.2, 1e300, 5e-324, math.inf, -math.inf, 2.0**53 + 2, 1 / 3]
    scores += [score for score in drawn if not math.isnan(score)]
    shelf.put(b"z", {b"m%d" % number: score for number, score in enumerate(scores)})
    found = export.rebuilt(shelf)[0][b"z"][0]
    assert [found[b"m%d" % number] for number in range(len(scores))] == scores


LARGE = {
    "list": [b"%d" % number for number in range(130)],
    "set": {b"%d" % number for number in range(130)},
    "hash": {b"%d" % number: b"v" for number in range(130)},
    "zset": {b"%d" % number: float(number) for number in range(130)},
}


@pytest.mark.exercise(
    "7.9",
    why="A request with a million words is a million words in the memory of the server that "
    "parses it. But a request for each item would mean a million replies. With 64 at a time, "
    "130 items take three requests.",
)
@pytest.mark.parametrize("kind", LARGE)
def test_no_request_is_large(export, shelf, kind):
    """130 items come in three requests of 64 at most; 64 items come in one."""
    shelf.put(b"k", LARGE[kind])
    requests = [list(request) for request in export.requests(shelf)]
    assert len(requests) == 3
    each = 2 if kind in ("hash", "zset") else 1
    assert max(map(len, requests)) <= 2 + 64 * each
    assert export.rebuilt(shelf) == {0: {b"k": (LARGE[kind], None)}}


@pytest.mark.exercise(
    "7.9",
    why="Each request costs a reply. Send one for a string, one more for a deadline, one for a "
    "database.",
)
def test_no_more_requests_than_it_takes(export, shelf):
    """Ten keys of 64 items with deadlines, in two databases: two each, and one SELECT."""
    for number in range(10):
        shelf.put(b"%d" % number, [b"a"] * 64, LATER, database=number // 5)
    assert len(export.requests(shelf)) <= 10 * 2 + 1
    shelf.clear()
    for number in range(10):
        shelf.put(b"%d" % number, b"v")
    assert len(export.requests(shelf)) == 10


@pytest.mark.exercise(
    "7.9",
    why="All requests in one list need as much memory as the data itself. `yield` each as it is made.",
)
def test_one_after_another(export, shelf):
    """The first request is there when hardly any key has been looked at."""
    for number in range(1000):
        shelf.put(b"%d" % number, b"v")
    assert export.seen_before_the_first(shelf) <= 2


@pytest.mark.exercise(
    "7.9", why="This is what it is for: a snapshot of your server, loaded into a real one."
)
def test_from_a_file_to_a_server(export, command, server, tmp_path):
    """`export` prints the snapshot of one server, and another one takes it in."""
    client = server("s07", "--dir", str(tmp_path)).client()
    client.ask("RPUSH", "l", *range(100))
    client.ask("SET", "s", b"caf\xc3\xa9\r\n")
    client.ask("EXPIREAT", "s", 9999999999)
    assert client.ask("SAVE") == b"OK"
    done = command("s07", "export", str(tmp_path / "dump.rdb"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("*66\n$5\n")
    (tmp_path / "empty").mkdir()
    other = server("s07", "--dir", str(tmp_path / "empty")).client()
    other.send(export.exported(str(tmp_path / "dump.rdb")) + b"PING\r\n")
    while (reply := other.read()) != b"PONG":
        assert not str(reply).startswith("-")
    assert other.ask("LLEN", "l") == 100
    assert (other.ask("GET", "s"), other.ask("EXPIRETIME", "s")) == (b"caf\xc3\xa9\r\n", 9999999999)


@pytest.mark.parametrize("content", [None, b"REDIS0010\xff"])
def test_a_file_that_cannot_be_read(command, tmp_path, content):
    """There is no file, or it is damaged: a sentence, and exit code 1."""
    path = tmp_path / "dump.rdb"
    if content:
        path.write_bytes(content)
    done = command("s07", "export", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {path} cannot be exported: ")
