"""What the tests of step 10 have at hand besides."""

from __future__ import annotations

import select

import pytest

from workbook.patience import attempts, patience


def ask_until(client, *request, good, patient=2):
    """Asks again and again until the reply is good; fails when its patience is gone."""
    for _ in attempts(patient * patience()):
        reply = client.ask(*request)
        if good(reply):
            return reply
    pytest.fail(f"{request} was answered with {reply!r} to the end")


@pytest.fixture
def until():
    """`until(client, "DBSIZE", good=lambda reply: reply == 0)`: the first good reply."""
    return ask_until


@pytest.fixture
def blocked():
    """`blocked(client, 2)` waits until two clients of its server wait for a key.

    No longer than for a reply: without BLPOP, a test fails before its own time is up.
    """
    return lambda client, count: ask_until(
        client, "CLIENT", "LIST", good=lambda reply: reply.count(b" flags=b ") == count, patient=1
    )


@pytest.fixture
def pour():
    """`pour(client, data, other, most)` sends `data` again and again, and reads nothing.

    It ends when the server takes nothing more: `other`, a second client of the server, is answered
    many times, and not a byte more could be sent meanwhile. It returns how many bytes were sent;
    more than `most` are never tried.
    """

    def pour_in(client, data, other, most):
        client.socket.setblocking(False)
        sent = idle = 0
        while sent < most and idle < 100:
            try:
                sent += client.socket.send(data[sent % len(data) :])
                idle = 0
            except BlockingIOError:
                other.ask("PING")
                writable = select.select([], [client.socket], [], 0)[1]
                idle = 0 if writable else idle + 1
            except ConnectionError:
                pytest.fail(f"the server has broken the connection after {sent} bytes")
        return sent

    return pour_in


@pytest.fixture
def swallow():
    """`swallow(client, data)` reads as many bytes as `data` has, however many, and compares."""

    def swallow_all(client, data):
        at, view = 0, memoryview(data)
        while at < len(data):
            piece = client.receive(min(len(data) - at, 1 << 20))
            assert piece, f"nothing more after {at} of {len(data)} bytes"
            assert piece == view[at : at + len(piece)], f"the bytes from {at} on differ"
            at += len(piece)

    return swallow_all
