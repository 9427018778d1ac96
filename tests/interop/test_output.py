"""Replies that are more than memory is meant for: a server makes no more of them than it can send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STEPS = ["s03", "s04", "s07", "s09", "s10"]
MEGABYTE = 1 << 20
ENOUGH = 64
"""Megabytes that a server may take on top; without a limit it would be thousands."""

Start = Callable[..., Any]


def memory(server: Any) -> float:
    """How many megabytes of memory the server has."""
    pages = Path(f"/proc/{server.own_pid}/statm").read_text().split()[1]
    return int(pages) * 4096 / MEGABYTE


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_that_asks_for_gigabytes_takes_little_memory(server: Start, step: str) -> None:
    """256 KB of GET in one piece, of a value of a megabyte: 4096 replies, made as they are read."""
    served = server(step)
    greedy = served.client(timeout=60)
    value = b"0123456789abcdef" * (MEGABYTE // 16)
    assert greedy.ask("SET", "k", value) == b"OK"
    before = memory(served)
    greedy.send(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" * 4096)
    reply = b"$%d\r\n%b\r\n" % (MEGABYTE, value)
    for _ in range(40):
        assert greedy.receive(len(reply)) == reply
        assert memory(served) - before < ENOUGH
    if step != "s03":  # which serves one client at a time
        assert served.client().ask("PING") == b"PONG"


@pytest.mark.parametrize("step", STEPS)
def test_replies_that_come_in_portions_are_whole_and_in_order(server: Start, step: str) -> None:
    served = server(step)
    client = served.client(timeout=60)
    values = {size: bytes([65 + size % 26]) * size for size in (200, 300, 70_000, 2 * MEGABYTE)}
    for size, value in values.items():
        assert client.ask("SET", size, value) == b"OK"
    order = [300, 70_000, 200, 2 * MEGABYTE, 70_000, 2 * MEGABYTE, 300] * 5
    client.send(b"".join(b"GET %d\r\nINCR n\r\n" % size for size in order) + b"QUIT\r\nPING\r\n")
    for number, size in enumerate(order, 1):
        expected = b"$%d\r\n%b\r\n:%d\r\n" % (size, values[size], number)
        assert client.receive(len(expected)) == expected
    client.expect(b"+OK\r\n")
    assert client.closed()


@pytest.mark.parametrize("step", STEPS)
def test_all_portions_reach_a_client_that_has_finished(server: Start, step: str) -> None:
    """Its side is shut down after the last request, and the bytes after it are an error."""
    client = server(step).client(timeout=60)
    value = b"x" * (3 * MEGABYTE)
    assert client.ask("SET", "k", value) == b"OK"
    client.send(b"GET k\r\n" * 10 + b"*1\r\nPING\r\n")
    client.finish()
    for _ in range(10):
        expected = b"$%d\r\n%b\r\n" % (len(value), value)
        assert client.receive(len(expected)) == expected
    client.expect(b"-ERR Protocol error: expected '$', got 'P'\r\n")
    assert client.closed()


def test_a_session_that_has_stopped_goes_on_with_what_waits_and_listens(server: Start) -> None:
    """Step 10: a pause for the replies, one for BLPOP and a message, all in one batch."""
    served = server("s10")
    client, other = served.client(timeout=60), served.client()
    value = b"x" * (3 * MEGABYTE)
    assert client.ask("SET", "k", value) == b"OK"
    client.send(b"HELLO 3\r\n")
    client.read()
    client.send(
        b"GET k\r\nGET k\r\nBLPOP q 0\r\nGET k\r\nSUBSCRIBE c\r\nGET k\r\nPUBLISH c m\r\nPING\r\n"
    )
    reply = b"$%d\r\n%b\r\n" % (len(value), value)
    assert client.receive(2 * len(reply)) == reply * 2
    assert other.ask("RPUSH", "q", "item") == 1
    client.expect(b"*2\r\n$1\r\nq\r\n$4\r\nitem\r\n")
    assert client.receive(len(reply)) == reply
    client.expect(b">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
    assert client.receive(len(reply)) == reply
    client.expect(b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n:1\r\n+PONG\r\n")
