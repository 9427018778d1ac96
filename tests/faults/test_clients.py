"""Clients that do not behave: slow ones, vanishing ones, and ones that send garbage.

Whatever one client does, the server stays up and serves another one.
"""

from __future__ import annotations

import random
import threading

import pytest

from workbook import wire

STEPS = [f"s{number:02}" for number in range(2, 11)]
BITS = [
    b"*",
    b"$",
    b"\r\n",
    b"\n",
    b"-1",
    b"3",
    b"\x00",
    b'"',
    b"'",
    b"GET",
    b"SET",
    b" ",
    b"*2\r\n",
]
BITS += [b"*1\r\n$4\r\nPING\r\n", b"$9999999999\r\n", b"*2147483648\r\n", b"$-5\r\n", b"INCR k\r\n"]


def assert_serves(client):
    """A well-behaved client gets its reply (step 2 answers with the request itself)."""
    assert client.ask("PING") in (b"PONG", [b"PING"])


@pytest.mark.parametrize("step", STEPS)
def test_garbage(server, step, seed):
    """Random bytes, and random pieces of requests, bring no server down."""
    chance = random.Random(seed)
    one = server(step)
    for _ in range(40):
        garbage = (
            chance.randbytes(chance.randint(1, 300))
            if chance.random() < 0.5
            else b"".join(chance.choices(BITS, k=chance.randint(1, 30)))
        )
        client = one.client()
        client.send(garbage)
        client.finish()
        while not client.closed():
            client.receive(len(client.pending()))
        client.close()
    assert_serves(one.client())
    assert one.exit_code() is None
    assert "Traceback" not in one.stderr()


@pytest.mark.parametrize("step", STEPS)
def test_gone_in_the_middle_of_a_bulk(server, step):
    """Clients that vanish in the middle of a bulk string leave nothing behind but a free place."""
    one = server(step)
    for end in ("close", "abort"):
        for _ in range(12):
            client = one.client()
            client.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nonly the beginning")
            getattr(client, end)()
    client = one.client()
    assert_serves(client)
    if step != "s02":
        assert client.ask("EXISTS", "k") == 0
    assert "Traceback" not in one.stderr()


@pytest.mark.parametrize("step", STEPS)
def test_a_byte_at_a_time(server, step):
    """A client that sends a byte at a time is answered, too."""
    client = server(step).client()
    for byte in wire.encode(["PING"]) * 3:
        client.send(bytes([byte]))
    assert [client.read() for _ in range(3)] in ([b"PONG"] * 3, [[b"PING"]] * 3)


@pytest.mark.parametrize("step", STEPS[2:])
def test_a_byte_now_and_then(server, step):
    """From step 4 on nobody waits for a client that is in the middle of a request."""
    one = server(step)
    slow, other = one.client(), one.client()
    for byte in wire.encode(["SET", "k", "v"]):
        slow.send(bytes([byte]))
        assert_serves(other)
    assert slow.read() == b"OK"
    assert other.ask("GET", "k") == b"v"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("step", STEPS[2:])
def test_a_client_that_never_reads(server, step):
    """A client that asks for much and never reads holds up nobody else, nor the end of the server."""
    one = server(step)
    other = one.client()
    assert other.ask("SET", "big", "x" * 1_000_000) == b"OK"
    deaf = one.client()
    asking = threading.Thread(target=ask_for_ever, args=(deaf, wire.encode(["GET", "big"]) * 5))
    asking.start()
    for _ in range(50):
        assert other.ask("INCR", "n") > 0
    assert one.stop(timeout=20) in (0, 1)
    deaf.close()
    asking.join(10)
    assert not asking.is_alive()


def ask_for_ever(client, requests):
    """Sends until the way is blocked for a second, or the connection ends."""
    client.socket.settimeout(1)
    try:
        for _ in range(20):
            client.socket.sendall(requests)
    except OSError:
        pass
