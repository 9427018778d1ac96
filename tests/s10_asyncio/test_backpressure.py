"""Exercise 10.2: who reads slowly must not fill the memory of the server."""

from __future__ import annotations

import pytest

MEGABYTE = 1 << 20
ENOUGH = 128 * MEGABYTE
"""More than all buffers between two sockets hold. A server that takes that much keeps it itself."""


@pytest.mark.exercise(
    "10.2", why="Nothing is in the way: read on. It does no harm if nothing was paused."
)
def test_all_is_well(code):
    """With little to send and little to do, the connection reads on."""
    valve = code.labs.s10.Valve()
    assert valve.regulate() == "reading"
    assert valve.regulate(unsent=900, backlog=10) == "reading"


@pytest.mark.exercise(
    "10.2",
    why="A client that does not read its replies must not be able to ask for more: reading stops "
    "with the first full buffer, or the replies pile up here.",
)
def test_no_reading_while_the_way_out_is_blocked(code):
    """Output is blocked: no reading, however often `regulate` is called, until it is free."""
    valve = code.labs.s10.Valve()
    assert valve.blocked() == "paused"
    assert valve.regulate(unsent=900) == "paused"
    assert valve.regulate(unsent=10) == "paused"
    assert valve.free() == "reading"
    assert valve.regulate() == "reading"


@pytest.mark.exercise(
    "10.2",
    why="A client that waits in BLPOP may go on asking. Its requests are kept, and each takes "
    "memory: count them with `waiting_requests()`.",
)
def test_no_reading_while_too_much_waits(code):
    """More than BACKLOG requests wait: no reading; BACKLOG are not too many."""
    valve, backlog = code.labs.s10.Valve(), code.s10.flow.BACKLOG
    assert valve.regulate(backlog=backlog) == "reading"
    assert valve.regulate(backlog=backlog + 1) == "paused"
    assert valve.regulate(backlog=backlog) == "reading"


@pytest.mark.exercise(
    "10.2",
    why="Either of the two reasons is enough to stop. When output is no longer blocked, requests "
    "may still be waiting; so `resume_writing` alone is no reason to read on.",
)
def test_each_reason_is_enough(code):
    """Output is no longer blocked, but too many requests wait: still no reading."""
    valve, backlog = code.labs.s10.Valve(), code.s10.flow.BACKLOG
    valve.blocked()
    assert valve.regulate(backlog=backlog + 1) == "paused"
    assert valve.free() == "paused"
    assert valve.regulate(backlog=0) == "reading"


@pytest.mark.exercise(
    "10.2",
    why="Others can publish to a client even while reading from it is paused. Beyond the limit it "
    "is cut off, with `abort`: `close` would first wait until everything is sent, perhaps for "
    "ever.",
)
def test_a_subscriber_beyond_the_limit(code):
    """More than `output_limit` bytes wait for a subscriber: it is aborted, and nothing else."""
    valve = code.labs.s10.Valve(limit=1000)
    valve.subscribe()
    assert valve.regulate(unsent=1000) == "reading"
    assert valve.regulate(unsent=1001) == "aborted"
    assert valve.blocked(unsent=1001) == "aborted"


@pytest.mark.exercise(
    "10.2",
    why="A client that is not subscribed has asked for what it gets, perhaps a value of 40 MB. "
    "Pausing reading slows it down, so it needs no limit.",
)
def test_who_only_asks_has_no_limit(code):
    """However much waits for a client that does not listen, it is not cut off."""
    valve = code.labs.s10.Valve(limit=1000)
    assert valve.regulate(unsent=50_000_000) == "reading"
    assert valve.blocked(unsent=50_000_000) == "paused"


@pytest.mark.exercise(
    "10.2",
    why="A subscriber that is slow for a moment is not punished, but one that has been slow for a whole "
    "minute is not going to catch up: a timer looks again then. One timer is enough, however often "
    "`regulate` is called meanwhile, and `self.timer` is None again as soon as it has fired.",
)
def test_a_subscriber_that_stays_slow(code):
    """More than SOFT_LIMIT bytes wait for SOFT_SECONDS: a subscriber is cut off then, not earlier."""
    flow = code.s10.flow
    valve, much = code.labs.s10.Valve(limit=32 * MEGABYTE), flow.SOFT_LIMIT + 1
    valve.subscribe()
    assert valve.regulate(unsent=much) == "reading"
    assert valve.wait(flow.SOFT_SECONDS - 1, unsent=much) == "reading"
    assert valve.regulate(unsent=much) == "reading"
    assert valve.timers_left() == "1 running"
    assert valve.wait(1, unsent=much) == "aborted"
    assert valve.timers_left() == "none running"


@pytest.mark.exercise(
    "10.2",
    why="The minute must be uninterrupted: a subscriber that catches up starts from zero. Cancel "
    "the timer as soon as you see that less is waiting, and forget it.",
)
def test_a_subscriber_that_catches_up(code):
    """It is below the limit in between: the timer is cancelled, and the next one runs its full time."""
    flow = code.s10.flow
    valve, much = code.labs.s10.Valve(limit=32 * MEGABYTE), flow.SOFT_LIMIT + 1
    valve.subscribe()
    for _ in range(3):
        assert valve.regulate(unsent=much) == "reading"
        assert valve.timers_left() == "1 running"
        assert valve.wait(flow.SOFT_SECONDS - 1, unsent=much) == "reading"
        assert valve.regulate(unsent=much - 1) == "reading"
        assert valve.timers_left() == "none running"
    assert valve.regulate(unsent=much) == "reading"
    assert valve.wait(flow.SOFT_SECONDS, unsent=much) == "aborted"


@pytest.mark.exercise(
    "10.2",
    why="Nobody calls `regulate` when a transport gets rid of its bytes little by little. So when "
    "the timer fires, it must check how many are left; and after that, it is no longer "
    "running.",
)
def test_a_subscriber_that_caught_up_unseen(code):
    """When the timer fires, less is waiting: it stays connected, and later gets a new minute."""
    flow = code.s10.flow
    valve, much = code.labs.s10.Valve(limit=32 * MEGABYTE), flow.SOFT_LIMIT + 1
    valve.subscribe()
    assert valve.regulate(unsent=much) == "reading"
    assert valve.wait(flow.SOFT_SECONDS, unsent=0) == "reading"
    assert valve.timers_left() == "none running"
    assert valve.regulate(unsent=much) == "reading"
    assert valve.wait(flow.SOFT_SECONDS, unsent=much) == "aborted"


@pytest.mark.exercise(
    "10.2", why="Only a subscriber has limits, and a client that has unsubscribed is no longer one."
)
def test_no_timer_for_others(code):
    """A client that is not subscribed has no timer, nor has one that no longer is."""
    flow = code.s10.flow
    valve, much = code.labs.s10.Valve(limit=32 * MEGABYTE), flow.SOFT_LIMIT + 1
    assert valve.regulate(unsent=much) == "reading"
    assert valve.timers_left() == "none running"
    valve.subscribe()
    assert valve.blocked(unsent=much) == "paused"
    assert valve.timers_left() == "1 running"
    valve.subscribe(0)
    assert valve.wait(flow.SOFT_SECONDS - 1, unsent=much) == "paused"
    assert valve.wait(1, unsent=much) == "paused"
    assert valve.regulate(unsent=much) == "paused"
    assert valve.timers_left() == "none running"


@pytest.mark.exercise(
    "10.2",
    why="The server reads on although the client takes nothing: its memory grows as long as the "
    "client sends. With reading paused, TCP itself makes the client wait.",
)
def test_a_client_that_does_not_read(server, pour):
    """Endless requests from a client that does not read: the server takes some, and no more."""
    store = server("s10")
    greedy, other = store.client(), store.client()
    request = b"*2\r\n$4\r\nECHO\r\n$16384\r\n%b\r\n" % (b"x" * 16384)
    assert pour(greedy, request, other, ENOUGH) < ENOUGH


@pytest.mark.exercise(
    "10.2",
    why="A connection that was paused must be read from again once its output is no longer "
    "blocked, or it is silent for ever. The transport calls `resume_writing` for this.",
)
def test_a_client_that_reads_late(server, pour, swallow):
    """A client that begins to read after all gets every reply, and is served as before."""
    store = server("s10")
    late, other = store.client(), store.client()
    request = b"*2\r\n$4\r\nECHO\r\n$16384\r\n%b\r\n" % (b"x" * 16384)
    sent = pour(late, request, other, ENOUGH)
    assert sent < ENOUGH
    whole, begun = divmod(sent, len(request))
    reply = request.partition(b"ECHO\r\n")[2]
    swallow(late, reply * whole)
    late.send(request[begun:])
    late.expect(reply)
    assert late.ask("PING") == b"PONG"


@pytest.mark.exercise(
    "10.2",
    why="A large reply may exceed the output limit, but that is no reason to cut the client off: "
    "the client itself has asked for it.",
)
def test_a_great_value(server, swallow):
    """A value of 40 MB is written and read back whole; then the client may even wait."""
    client = server("s10").client()
    value = b"0123456789abcdef" * (40 * MEGABYTE // 16)
    assert client.ask("SET", "k", value) == b"OK"
    client.send(b"GET k\r\nGET k\r\nBLPOP none 0.01\r\nPING\r\n")
    swallow(client, b"$%d\r\n%b\r\n" % (len(value), value) * 2)
    client.expect(b"*-1\r\n+PONG\r\n")


@pytest.mark.exercise(
    "10.2",
    why="A subscriber that does not read is cut off at the limit. Without it, the slowest one "
    "decides how much memory the server takes.",
)
def test_a_slow_subscriber(server):
    """One subscriber reads and one does not: that one is cut off, and the other goes on."""
    store = server("s10")
    slow, quick, publisher = store.client(), store.client(), store.client()
    for client in (slow, quick):
        assert client.ask("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    message = b"x" * MEGABYTE
    delivered = []
    while delivered[-1:] != [1] and len(delivered) < 200:
        delivered.append(publisher.ask("PUBLISH", "news", message))
        assert delivered[-1] in (1, 2), "what PUBLISH answers: how many have been sent the message"
        assert quick.read() == [b"message", b"news", message]
    # What the kernel takes for the slow one comes on top of the limit.
    assert delivered == [2] * (len(delivered) - 1) + [1]
    assert 32 <= len(delivered) < 200
    assert quick.ask("PING") == [b"pong", b""]


@pytest.mark.exercise(
    "10.2",
    why="A client that waits and goes on sending fills the memory with requests. More than BACKLOG "
    "of them, and the server reads no more until they are answered.",
)
def test_a_client_that_waits_and_asks_on(server, pour, blocked, swallow):
    """Endless requests after a BLPOP: the server takes some. Once served, it answers them all."""
    store = server("s10")
    waiting, other = store.client(), store.client()
    waiting.send(b"BLPOP k 0\r\n")
    blocked(other, 1)
    request = b"*2\r\n$4\r\nECHO\r\n$4096\r\n%b\r\n" % (b"x" * 4096)
    sent = pour(waiting, request, other, ENOUGH)
    assert sent < ENOUGH
    assert other.ask("RPUSH", "k", "item") == 1
    waiting.expect(b"*2\r\n$1\r\nk\r\n$4\r\nitem\r\n")
    swallow(waiting, request.partition(b"ECHO\r\n")[2] * (sent // len(request)))
