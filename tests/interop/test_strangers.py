"""Clients that must not come in: browsers that were tricked, and those of other machines.

Each server says and does what redis-server does: steps 3 to 10 keep data, so all of them are asked.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

STEPS = ["redis-server", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10"]
ELSEWHERE = "127.0.0.2"
"""Not the address of this machine for Redis, and one that Linux lets a client have."""

Start = Callable[..., Any]


@pytest.fixture
def start(server: Start, redis_server: Start) -> Start:
    """`start("s04", options)`, and `start("redis-server", options)`."""
    return lambda name, *options: (
        redis_server(*options) if name == "redis-server" else server(name, *options)
    )


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(
    "request_lines",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET pwned 1\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nSET pwned 1\r\n",
        b"PING\r\nhost: x\r\nSET pwned 1\r\n",
        b"*2\r\n$4\r\npost\r\n$1\r\n/\r\nSET pwned 1\r\n",
    ],
)
def test_http_of_a_browser_is_cut_off_without_a_word(
    start: Start, name: str, request_lines: bytes
) -> None:
    served = start(name)
    browser = served.client()
    browser.send(request_lines)
    assert browser.closed()
    browser.close()
    other = served.client()
    assert other.ask("EXISTS", "pwned") == 0


def test_such_a_request_inside_a_transaction_or_before_the_password(start: Start) -> None:
    for name in ("redis-server", "s10"):
        served = start(name, "--requirepass", "secret")
        browser = served.client()
        browser.send(b"POST /\r\n")
        assert browser.closed()
        browser.close()
        queueing = served.client()
        assert queueing.ask("AUTH", "secret") == b"OK"
        assert queueing.ask("MULTI") == b"OK"
        queueing.send(b"SET k v\r\nPOST /\r\nEXEC\r\n")
        assert queueing.closed()


@pytest.mark.parametrize("name", ["s03", "s09", "s10"])
def test_the_log_warns_of_an_attack_once_for_many(start: Start, name: str) -> None:
    served = start(name)
    for _ in range(3):
        browser = served.client()
        browser.send(b"POST / HTTP/1.1\r\n")
        assert browser.closed()
        browser.close()
    served.stop()
    assert served.stderr().count("Possible SECURITY ATTACK detected.") == 1


# ---------------------------------------------------------------- protected mode


def said_to(address: str, port: int) -> bytes:
    """What a client from `address` hears when it asks for PING; whatever was sent before the end."""
    with socket.create_connection(("127.0.0.1", port), 10, (address, 0)) as client:
        heard = b""
        with suppress(
            ConnectionError
        ):  # what is sent to a closed connection is answered by a reset
            client.sendall(b"PING\r\nQUIT\r\n")
            while data := client.recv(4096):
                heard += data
        return heard


@pytest.fixture
def denied(redis_server: Start) -> bytes:
    """What redis-server says to a client from elsewhere."""
    refusal = said_to(ELSEWHERE, redis_server().port)
    assert refusal.startswith(b"-DENIED Redis is running in protected mode")
    return refusal


@pytest.mark.parametrize("name", STEPS[1:])
def test_who_comes_from_elsewhere_is_denied_in_the_words_of_redis(
    start: Start, denied: bytes, name: str
) -> None:
    served = start(name)
    assert said_to(ELSEWHERE, served.port) == denied
    assert said_to("127.0.0.1", served.port) == b"+PONG\r\n+OK\r\n"


@pytest.mark.parametrize("name", STEPS)
def test_without_protected_mode_everybody_may_come(start: Start, name: str) -> None:
    served = start(name, "--protected-mode", "no")
    assert said_to(ELSEWHERE, served.port) == b"+PONG\r\n+OK\r\n"


@pytest.mark.parametrize("name", ["redis-server", "s10"])
def test_a_password_is_protection_enough(start: Start, name: str) -> None:
    served = start(name, "--requirepass", "secret")
    said = b"-NOAUTH Authentication required.\r\n+OK\r\n"
    assert said_to(ELSEWHERE, served.port) == said
    local = served.client()
    assert local.ask("AUTH", "secret") == b"OK"
    assert local.ask("CONFIG", "SET", "requirepass", "") == b"OK"
    assert said_to(ELSEWHERE, served.port).startswith(b"-DENIED ")


@pytest.mark.parametrize("name", ["redis-server", "s10"])
def test_protected_mode_can_be_changed_while_the_server_runs(start: Start, name: str) -> None:
    served = start(name)
    local = served.client()
    assert local.ask("CONFIG", "GET", "protected-mode") == [b"protected-mode", b"yes"]
    assert said_to(ELSEWHERE, served.port).startswith(b"-DENIED ")
    assert local.ask("CONFIG", "SET", "protected-mode", "no") == b"OK"
    assert said_to(ELSEWHERE, served.port) == b"+PONG\r\n+OK\r\n"
    assert b"rejected_connections:1\r\n" in local.ask("INFO", "stats")


# ---------------------------------------------------------------- before AUTH


@pytest.mark.parametrize("name", ["redis-server", "s10"])
def test_the_limits_of_strangers_do_not_depend_on_the_cut(
    start: Start, name: str, cuts: Callable[[bytes], list[list[bytes]]]
) -> None:
    served = start(name, "--requirepass", "secret")
    words = [b"MSET", *(b"%d" % number for number in range(10)), *[b"k", b"v" * 20_000]]
    mset = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)
    batch = b"PING\r\n*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n" + mset + b"PING\r\n"
    head = batch[:100]
    for pieces in cuts(head):
        client = served.client()
        for piece in [*pieces, batch[100:]]:
            client.send(piece)
        client.expect(b"-NOAUTH Authentication required.\r\n+OK\r\n+OK\r\n+PONG\r\n")
        client.close()
