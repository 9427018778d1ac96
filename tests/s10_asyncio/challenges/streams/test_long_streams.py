"""Long streams: a command costs what it touches, and not what there is."""

from __future__ import annotations

from time import perf_counter

import pytest

from workbook import wire

FEW, MANY = 500, 20_000
MOST = 8
"""How many times longer a command may take in the long stream; looking at all of it takes 40 times."""


@pytest.fixture(scope="module")
def client(request, tmp_path_factory):
    """A server with a short and a long stream: `few`, `many`."""
    from tests.conftest import start_server

    more = {"cwd": tmp_path_factory.mktemp("long")}
    with start_server(request.config, "s10", [], **more) as server:
        client = server.client()
        for key, count in (("few", FEW), ("many", MANY)):
            packet = [["XADD", key, f"{number}-1", "f", "v"] for number in range(1, count + 1)]
            client.send(b"".join(map(wire.encode, packet)))
            for _ in packet:
                client.read()
        yield client


def times(client, line):
    """How many times longer a command takes in the long stream; the least of several tries counts."""
    least = {}
    for _ in range(7):
        for key, count in (("few", FEW), ("many", MANY)):
            packet = 20 * wire.encode(line.format(key=key, last=count, middle=count // 2).split())
            begin = perf_counter()
            client.send(packet)
            replies = [client.read() for _ in range(20)]
            taken = perf_counter() - begin
            assert not [reply for reply in replies if str(reply).startswith("-")], replies
            least[key] = min(taken, least.get(key, taken))
    return least["many"] / least["few"]


@pytest.mark.exercise(
    "streams.2",
    why="Entries are in order, so the beginning of a range can be found by bisection. A stream may "
    "have millions; a client that asks for ten of them must not wait for all the others.",
)
@pytest.mark.parametrize(
    "line",
    [
        "XRANGE {key} {last} +",
        "XRANGE {key} {middle} + COUNT 5",
        "XREVRANGE {key} {middle} - COUNT 5",
        "XREVRANGE {key} + - COUNT 5",
    ],
)
def test_a_range_costs_what_it_returns(client, line):
    """A few entries from anywhere in a long stream come as fast as from a short one."""
    assert times(client, line) < MOST


@pytest.mark.exercise(
    "streams.4", why="XREAD asks for what comes after an id: a range that is open at its end."
)
def test_reading_the_end(client):
    """A client that has read nearly everything gets the rest without a walk through all of it."""
    assert times(client, "XREAD STREAMS {key} {last}-0") < MOST
