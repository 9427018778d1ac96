"""What the commands of the complete server did is there again after a kill, by way of the journal."""

from __future__ import annotations

import pytest

ALWAYS = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def restarted(server, tmp_path):
    """`restarted(talk)`: a client of a server that was killed after `talk` and started again."""

    def restart(talk):
        first = server("s10", *ALWAYS)
        talk(first)
        first.kill()
        return server("s10", *ALWAYS).client()

    return restart


def contents(client):
    """Everything in the first three databases."""
    found = {}
    for index in range(3):
        client.ask("SELECT", index)
        for key in client.ask("KEYS", "*"):
            kind = client.ask("TYPE", key)
            read = {b"string": ["GET"], b"list": ["LRANGE"], b"zset": ["ZRANGE"]}[kind]
            rest = [] if kind == b"string" else [0, -1]
            value = client.ask(*read, key, *rest)
            found[index, key] = (value, client.ask("EXPIRETIME", key))
    return found


def test_moves_between_databases(restarted):
    """MOVE, COPY, SWAPDB and FLUSHDB change more than the selected database: all of it is kept."""
    before = {}

    def talk(running):
        client = running.client()
        for words in (
            ["SET", "moved", "1", "EXAT", 9999999999],
            ["RPUSH", "copied", "a", "b"],
            ["MOVE", "moved", 1],
            ["COPY", "copied", "copy", "DB", 2],
            ["RPUSH", "copied", "c"],
            ["EXPIREAT", "copied", 9999999998],
            ["COPY", "copied", "copied", "DB", 1],
            ["SWAPDB", 0, 2],
            ["SET", "after", "swapped"],
        ):
            assert not str(client.ask(*words)).startswith("-")
        before.update(contents(client))

    after = contents(restarted(talk))
    assert len(before) == 5
    assert after == before


@pytest.mark.parametrize("command", ["FLUSHALL", "FLUSHDB"])
def test_flushing(restarted, command):
    """FLUSHALL empties all databases, also when the selected one is empty; FLUSHDB one."""

    def talk(running):
        client = running.client()
        client.ask("SET", "zero", 0)
        client.ask("SELECT", 2)
        client.ask("SET", "two", 2)
        client.ask("SELECT", 2 if command == "FLUSHDB" else 1)
        client.ask(command)

    expected = {(0, b"zero"): (b"0", -1)} if command == "FLUSHDB" else {}
    assert contents(restarted(talk)) == expected


def test_a_transaction(restarted):
    """What EXEC did is kept, whichever the database."""

    def talk(running):
        client = running.client()
        client.ask("MULTI")
        client.ask("SET", "a", 1)
        client.ask("SELECT", 2)
        client.ask("RPUSH", "l", "x")
        client.ask("LPOP", "nosuch")
        client.ask("EXEC")
        client.ask("SET", "behind", 1)

    assert contents(restarted(talk)) == {
        (0, b"a"): (b"1", -1),
        (2, b"l"): ([b"x"], -1),
        (2, b"behind"): (b"1", -1),
    }


def test_what_somebody_waited_for(restarted, blocked):
    """An item that a waiting client got is gone, and one that was moved is there."""

    def talk(running):
        client, one, two, three = (running.client() for _ in range(4))
        for waiting, request in (
            (one, b"BLPOP q 0\r\n"),
            (two, b"BLMOVE q r LEFT RIGHT 0\r\n"),
            (three, b"BZPOPMAX z 0\r\n"),
        ):
            waiting.send(request)
        blocked(client, 3)
        client.ask("RPUSH", "q", "a", "b", "c")
        client.ask("ZADD", "z", 1, "m", 2, "n")
        client.ask("BLPOP", "q", 0)
        assert (one.read(), two.read()) == ([b"q", b"a"], b"b")
        assert three.read() == [b"z", b"n", b"2"]

    assert contents(restarted(talk)) == {
        (0, b"r"): ([b"b"], -1),
        (0, b"z"): ([b"m"], -1),
    }


def test_snapshots_have_all_databases(server):
    """SAVE and SHUTDOWN write every database, with the deadlines."""
    first = server("s10")
    client = first.client()
    client.ask("SET", "zero", 0, "EXAT", 9999999999)
    client.ask("SELECT", 2)
    client.ask("ZADD", "z", 1, "m")
    before = contents(client)
    client.send(b"SHUTDOWN SAVE\r\n")
    assert client.closed()
    assert first.end() == 0
    assert contents(server("s10").client()) == before != {}
