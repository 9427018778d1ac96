"""Exercise 10.8: a crowd of clients on one thread."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import pytest


@pytest.mark.exercise(
    "10.8",
    why="A reply comes in as many pieces as it likes. `read` returns the first of them; the rest "
    "would be counted for the next round. `readexactly` waits for all of it.",
)
def test_a_reply_in_pieces(code):
    """A server sends its reply byte by byte; each round lasts until the last of them."""
    seen = code.labs.s10.loop.visits(rounds=3, reply=b"$5\r\nhello\r\n")
    assert seen["visits"] == [[11, 11, 11]]
    assert seen["batches"] == 3


@pytest.mark.exercise(
    "10.8",
    why="Sending takes time, too, and the client waits for it. Read the clock before you write: "
    "after `write` the request is on its way already.",
)
def test_the_clock_is_read_first(code):
    """In twenty rounds, the clock is never read while a batch waits to be read by the server."""
    assert code.labs.s10.loop.visits(rounds=20)["visits"] == [[7] * 20]


@pytest.mark.exercise("10.8", why="A round is one batch and one reply, and gives one number.")
@pytest.mark.parametrize("rounds", [0, 1, 20])
def test_as_many_rounds(code, rounds):
    """Twenty rounds, one, or none: as many batches and latencies, on one connection."""
    seen = code.labs.s10.loop.visits(rounds=rounds)
    assert (seen["visits"], seen["batches"], seen["connections"]) == ([[7] * rounds], rounds, 1)


@pytest.mark.exercise(
    "10.8",
    why="A batch of many commands is sent as a whole, and its reply is read as a whole.",
)
def test_a_pipeline(code):
    """Sixteen commands in a batch: one latency, to the last byte of the last reply."""
    seen = code.labs.s10.loop.visits(rounds=2, batch=b"PING\r\n" * 16, reply=b"+PONG\r\n" * 16)
    assert (seen["visits"], seen["batches"]) == ([[112, 112]], 2)


@pytest.mark.exercise(
    "10.8",
    why="`close` begins to close; `wait_closed` waits until it is done. If you return earlier, "
    "you leave sockets behind, which are still there when the loop ends.",
)
def test_the_connection_is_closed(code):
    """When the visit has ended, after some rounds or none, its socket is closed, not about to be."""
    assert [code.labs.s10.loop.visits(rounds=rounds)["left open"] for rounds in (0, 1)] == [0, 0]


@pytest.mark.exercise(
    "10.8",
    why="The server hangs up in the middle of a reply. The caller must hear of it: an invented "
    "latency is worse than none.",
)
@pytest.mark.parametrize("after", [0, 3])
def test_the_server_hangs_up(code, after):
    """The server closes before the reply is whole: IncompleteReadError, and no open connection."""
    seen = code.labs.s10.loop.visits(hangs_up=after)
    assert (seen["visits"], seen["batches"]) == (["IncompleteReadError"], 1)
    assert seen["left open"] == 0


@pytest.mark.exercise(
    "10.8",
    why="`crowd` cancels all visits when one of them fails or the time is up. A cancellation is an "
    "exception that comes out of an `await`: only a `finally` closes then, and whoever has cancelled "
    "has to hear that it was heard, so nothing may catch it.",
)
@pytest.mark.parametrize("after", [0, 3])
def test_a_visit_that_is_cancelled(code, after):
    """Cancelled in the middle of a reply: CancelledError, and no open connection."""
    seen = code.labs.s10.loop.visits(visitors=2, cancelled=after)
    assert (seen["visits"], seen["left open"]) == (["CancelledError"] * 2, 0)


@pytest.mark.exercise(
    "10.8",
    why="While one waits, all others have a turn: that is what `await` does. A visitor that waits in "
    "any other way stops the whole thread, this server included.",
)
def test_a_crowd_on_one_thread(code):
    """Fifty visitors of a server that answers only when all have asked."""
    seen = code.labs.s10.loop.visits(visitors=50, rounds=2)
    assert [len(latencies) for latencies in seen["visits"]] == [2] * 50
    assert (seen["batches"], seen["left open"]) == (100, 0)


# ---------------------------------------------------------------- what the experiment measures with


def test_there_is_room_for_some_clients_and_for_no_more_than_asked(code):
    """As many as requested, or as many as the system allows."""
    room_for = code.labs.s10.loop.room_for
    assert room_for(10) == 10
    assert 10 <= room_for(200) <= 200


def test_what_is_not_told_of_a_process_is_no_number(code):
    """The memory of a process that does not exist is unknown."""
    assert isnan(code.labs.s10.loop.peak_memory(2**30))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_linux_tells_of_a_server(code, server):
    """A server on a loop is one thread, and takes some megabytes."""
    pid = server(10).pid
    assert code.labs.s10.loop.status(pid, "Threads") == 1
    assert 5 < code.labs.s10.loop.peak_memory(pid) < 500
