"""The echo with bytes that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


@pytest.mark.exercise(
    "1.2", why="Send back what was sent, whatever it is, and not only what the other tests send."
)
def test_any_bytes_come_back(code, seed):
    """Any bytes come back as they went."""
    chance = random.Random(seed)
    for _ in range(3):
        data = chance.randbytes(chance.randint(1, 3000))
        client, connection = code.labs.s01.pair()
        client.sendall(data)
        client.shutdown(1)
        code.s01.Server(code.labs.s01.free_listener()).handle(connection)
        back = b""
        while piece := client.recv(5000):
            back += piece
            if len(back) == len(data):
                break
        assert back == data


@pytest.mark.exercise(
    "1.4", why="The loop serves one client after another, however many come and whatever they send."
)
def test_any_number_of_clients(server, seed):
    """However many clients come, each gets its own bytes back."""
    chance = random.Random(seed)
    echo = server("s01")
    for _ in range(chance.randint(3, 9)):
        data = chance.randbytes(chance.randint(1, 500))
        with echo.client() as client:
            client.send(data)
            client.expect(data)
