"""The complete server without one of its exercises: it starts, and says what is missing."""

from __future__ import annotations

import pytest

from workbook.overlay import ALL, Overlay


@pytest.fixture
def without(server):
    """`without("10.4")` starts the server with all answers but that one."""

    def start(exercise):
        overlay = Overlay(empty=frozenset([exercise]), reference=frozenset([ALL]))
        return server("s10", env=overlay.to_environment())

    return start


@pytest.fixture
def missing():
    """`missing(reply, "10.4")`: whether the reply says that exercise 10.4 is not written yet."""
    return lambda reply, exercise: reply.startswith(
        f"-ERR exercise {exercise} is not written yet (steps/s10_asyncio/"
    )


def test_without_the_connection(without, missing):
    """10.1: whatever a client sends, it is told what is missing, and is disconnected."""
    one = without("10.1")
    for _ in range(2):
        client = one.client()
        assert missing(client.ask("PING"), "10.1")
        assert client.closed()
    assert one.stop() == 0
    assert "Traceback" not in one.stderr()


def test_without_backpressure(without, missing):
    """10.2: all goes well until a client has to be slowed down."""
    one = without("10.2")
    client, subscriber, publisher = (one.client() for _ in range(3))
    assert client.ask("SET", "k", "v") == b"OK"
    assert missing(client.ask("BLPOP", "list", 0), "10.2")
    assert client.closed()
    assert subscriber.ask("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    assert missing(publisher.ask("PUBLISH", "news", "x"), "10.2")
    assert publisher.ask("GET", "k") == b"v"
    assert one.stop() == 0


def test_without_exec(without, missing):
    """10.4: EXEC says it, and DISCARD still leads out of the transaction."""
    one = without("10.4")
    client = one.client()
    assert client.ask("MULTI") == b"OK"
    assert client.ask("SET", "k", "v") == b"QUEUED"
    assert missing(client.ask("EXEC"), "10.4")
    assert client.ask("DISCARD") == b"OK"
    assert client.ask("GET", "k") is None
    assert one.stop() == 0


def test_without_waiting(without, missing):
    """10.6: a client that would have to wait gets an error; one that finds an item gets the item."""
    one = without("10.6")
    client, other = one.client(), one.client()
    for _ in range(2):
        assert missing(client.ask("BLPOP", "k", 0), "10.6")
    assert other.ask("RPUSH", "k", "x") == 1
    assert client.ask("BLPOP", "k", 0) == [b"k", b"x"]
    assert one.stop() == 0
    assert "Traceback" not in one.stderr()


def test_without_background(without):
    """10.7: nothing is done in the background, as the log says; all else works."""
    one = without("10.7")
    client = one.client()
    client.send(b"SET k v PX 1\r\nSET other v\r\nPING\r\n")
    client.expect(b"+OK\r\n+OK\r\n+PONG\r\n")
    assert one.stop() == 0
    assert "nothing in the background" in one.stderr()
    assert "exercise 10.7 is not written yet" in one.stderr()


@pytest.mark.parametrize("exercise", ["9.4", "9.5"])
def test_without_the_end_of_step_9(without, exercise):
    """9.4 or 9.5: Ctrl-C still ends the server, with a line about it in the log."""
    one = without(exercise)
    client = one.client()
    assert client.ask("SET", "k", "v") == b"OK"
    assert one.stop() == 0
    assert f"exercise {exercise} is not written yet" in one.stderr()
    assert "Traceback" not in one.stderr()
