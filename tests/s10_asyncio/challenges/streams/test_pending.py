"""Times and counts of deliveries: idle times are different each time, so no transcript has them."""

from __future__ import annotations

import pytest


def deliveries(client):
    """Of each pending entry its id, the consumer, and how often it was delivered."""
    found = client.ask("XPENDING", "s", "g", "-", "+", 10)
    return [[entry[0], entry[1], entry[3]] for entry in found]


@pytest.mark.exercise(
    "streams.9",
    why="Each delivery counts: the first, each look at the history, each claim. JUSTID does not "
    "deliver anything, and RETRYCOUNT sets the count.",
)
def test_counts_of_deliveries(server):
    """XPENDING tells how often each entry was delivered, and for how long it has been idle."""
    client = server("s10").client()
    for number in (1, 2, 3):
        client.ask("XADD", "s", number, "a", "b")
    client.ask("XGROUP", "CREATE", "s", "g", "0")
    client.ask("XREADGROUP", "GROUP", "g", "ann", "COUNT", 2, "STREAMS", "s", ">")
    assert deliveries(client) == [[b"1-0", b"ann", 1], [b"2-0", b"ann", 1]]
    client.ask("XREADGROUP", "GROUP", "g", "ann", "STREAMS", "s", "1")
    client.ask("XCLAIM", "s", "g", "bob", 0, 1)
    assert deliveries(client) == [[b"1-0", b"bob", 2], [b"2-0", b"ann", 2]]
    client.ask("XCLAIM", "s", "g", "ann", 0, 1, "JUSTID")
    client.ask("XCLAIM", "s", "g", "ann", 0, 3, "FORCE", "JUSTID")
    client.ask("XCLAIM", "s", "g", "ann", 0, 2, "RETRYCOUNT", 9)
    assert deliveries(client) == [[b"1-0", b"ann", 2], [b"2-0", b"ann", 9], [b"3-0", b"ann", 1]]
    client.ask("XAUTOCLAIM", "s", "g", "bob", 0, 2)
    client.ask("XAUTOCLAIM", "s", "g", "cid", 0, 3, "JUSTID")
    assert deliveries(client) == [[b"1-0", b"ann", 2], [b"2-0", b"bob", 10], [b"3-0", b"cid", 2]]
    client.ask("XCLAIM", "s", "g", "bob", 0, 2, "IDLE", 50_000)
    idle = [entry[2] for entry in client.ask("XPENDING", "s", "g", "-", "+", 10)]
    assert [time >= 50_000 for time in idle] == [False, True, False]
    found = client.ask("XPENDING", "s", "g", "IDLE", 40_000, "-", "+", 10)
    assert [entry[0] for entry in found] == [b"2-0"]
    seen = client.ask("XINFO", "CONSUMERS", "s", "g")
    assert [[one[1], one[3]] for one in seen] == [[b"ann", 1], [b"bob", 1], [b"cid", 1]]
    assert all(0 <= one[5] < 40_000 for one in seen)
