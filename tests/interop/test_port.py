"""CONFIG SET port: a server goes on listening elsewhere, and keeps the clients that it has."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workbook.wire import Client, WireFailure

Start = Callable[..., Any]


@pytest.fixture(params=["redis", "s10"])
def served(request: pytest.FixtureRequest) -> Any:
    """A real redis-server, and the server of step 10."""
    if request.param == "redis":
        return request.getfixturevalue("redis_server")()
    return request.getfixturevalue("server")("s10")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens at."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def free() -> Iterator[int]:
    """A port that nobody gets by chance: it is bound, but nobody listens at it."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


def answers(port: int) -> bool:
    """Whether a new client is answered free."""
    try:
        client = Client(port)
    except WireFailure:
        return False
    with client:
        return client.ask("PING") == b"PONG"


def test_new_clients_come_to_the_new_port_and_the_old_ones_stay(served: Any, free: int) -> None:
    client = served.client()
    assert client.ask("CONFIG", "SET", "port", served.port) == b"OK"
    assert client.ask("CONFIG", "SET", "port", free) == b"OK"
    assert client.ask("CONFIG", "GET", "port") == [b"port", b"%d" % free]
    assert answers(free)
    assert not answers(served.port)
    assert client.ask("CONFIG", "SET", "port", served.port) == b"OK"
    assert answers(served.port)
    assert not answers(free)


def test_at_port_0_it_listens_no_longer(served: Any) -> None:
    client = served.client()
    assert client.ask("CONFIG", "SET", "port", 0) == b"OK"
    assert not answers(served.port)
    assert client.ask("CONFIG", "GET", "port") == [b"port", b"0"]
    assert client.ask("CONFIG", "SET", "port", served.port) == b"OK"
    assert answers(served.port)


def test_a_port_that_is_taken_leaves_everything_as_it_was(served: Any, taken: int) -> None:
    client = served.client()
    assert client.ask("CONFIG", "SET", "maxclients", 50, "port", taken) == (
        "-ERR CONFIG SET failed (possibly related to argument 'port')"
        " - Unable to listen on this port. Check server logs."
    )
    assert client.ask("CONFIG", "GET", "port") == [b"port", b"%d" % served.port]
    assert client.ask("CONFIG", "GET", "maxclients") == [b"maxclients", b"10000"]
    assert answers(served.port)
