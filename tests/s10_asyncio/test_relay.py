"""Exercise 10.9: a relay between clients and a server."""

from __future__ import annotations

import os
import sys

import pytest

from workbook import wire

MOST = 1 << 26
"""Bytes that no buffers of the system hold. A relay that takes that many keeps them itself."""


@pytest.mark.exercise(
    "10.9",
    why="Bytes have to go both ways at any time, so each direction needs its own task, or a protocol "
    "that the loop calls. A relay that reads from one side, then from the other, waits for the wrong "
    "one.",
)
def test_pieces_go_both_ways_at_once(code):
    """Half a request arrives before its other half is sent, and so does half a reply."""
    requests, replies = [b"*1\r\n$4\r\nPI", b"NG\r\n"], [b"+PO", b"NG\r\n", b"$0\r\n\r\n"]
    assert code.labs.s10.relays.pass_on(requests, replies) == [[requests, replies]]
    assert code.labs.s10.relays.pass_on([], replies) == [[[], replies]]


@pytest.mark.exercise(
    "10.9", why="A relay does not know what it passes on: any bytes, as many as there are."
)
def test_any_bytes(code, cuts):
    """All values of a byte, zeros and line ends, cut anywhere; and a megabyte in one piece."""
    for pieces in [*cuts(bytes(range(256))), [b"\x00\r\n\xff" * (1 << 18)]]:
        assert code.labs.s10.relays.pass_on(pieces, pieces) == [[pieces, pieces]]


@pytest.mark.exercise(
    "10.9",
    why="Each client has a connection of its own to the server, and all are served at once: accept "
    "the next one while those before it are still there.",
)
def test_clients_do_not_mix(code):
    """Five clients at once, in turns: each has its own bytes, and its own replies."""
    found = code.labs.s10.relays.pass_on([b"ask ", b"more "], [b"reply "], clients=5)
    assert found == [
        [[b"ask %d" % number, b"more %d" % number], [b"reply %d" % number]] for number in range(5)
    ]


@pytest.mark.exercise(
    "10.9",
    why="The end of one direction is not the end of the other: a client may say that it has asked "
    "for everything, and wait for the replies. Pass the end on with `write_eof` (or `shutdown`), and "
    "close when both directions have ended.",
)
@pytest.mark.parametrize("side", ["client", "server"])
def test_one_side_sends_nothing_more(code, side):
    """One side ends its half: the other one hears it, still answers, and ends its own."""
    assert code.labs.s10.relays.half_closed(side) == [
        "that is all",
        "the end",
        "an answer",
        "the end",
    ]


@pytest.mark.exercise(
    "10.9",
    why="After both directions have ended, nothing more can come. A connection that stays open then "
    "costs the process one of its files, and when those are gone it accepts nobody.",
)
def test_both_have_ended(code):
    """Both sides have ended their halves: the relay closes its two connections."""
    assert code.labs.s10.relays.given_back()["files"] == 0


@pytest.mark.exercise(
    "10.9",
    why="Whoever opens something closes it: the caller may need the listener for another relay. "
    "`asyncio.start_server(..., sock=listener)` takes the socket over; give it `listener.dup()`.",
)
def test_the_listener_is_the_callers(code):
    """When the relay has been cancelled, the listener is still open."""
    assert code.labs.s10.relays.given_back()["listener"] is True


@pytest.mark.exercise(
    "10.9",
    why="If one side is gone, nobody will ever read what the other one sends. Close both, and let "
    "the error end nothing else: in a TaskGroup, one exception cancels all its neighbours.",
)
@pytest.mark.parametrize("side", ["client", "server"])
def test_one_side_breaks(code, side):
    """One connection is reset: the other side of it is closed, and other clients go on."""
    assert code.labs.s10.relays.broken(side) == {
        "the other side": "the end",
        "other clients": b"go on",
    }


@pytest.mark.exercise(
    "10.9", why="A server that is down at the moment must not end the relay, nor let clients wait."
)
def test_the_server_cannot_be_reached(code):
    """A client is disconnected while the server is down; the next one is served."""
    assert code.labs.s10.relays.unreachable() == ["the end", "hello"]


@pytest.mark.exercise(
    "10.9",
    why="`write` takes all that it is given. If the other side does not read, it is your memory that "
    "fills: wait (`await writer.drain()`), or stop reading (`pause_writing`, `pause_reading`), until "
    "there is room.",
)
@pytest.mark.parametrize("side", ["client", "server"])
def test_nobody_fills_the_memory(code, side):
    """One side sends and the other does not read: soon no more is taken, and nothing is lost."""
    found = code.labs.s10.relays.greedy(side, MOST)
    assert found["taken"] < MOST
    assert found == {"taken": found["taken"], "others": b"hello", "arrived": found["taken"]}


@pytest.mark.exercise(
    "10.9",
    why="Code that cancels a task waits until it has ended, and relies on this: by then its "
    "connections are closed and the tasks it has started have ended. `close` waits for a "
    "client that does not read; at the end that would be for ever.",
)
def test_the_end(code):
    """Cancelled, with three clients: it ends as cancelled, with no task left, and all are closed."""
    assert code.labs.s10.relays.cancelled() == {
        "ended": "cancelled",
        "tasks left": 0,
        "seen": ["the end"],
    }


@pytest.fixture(scope="module")
def store(shared_server):
    return shared_server("s10")


def test_on_the_command_line(request, store, tmp_path):
    """`relay` says which port leads where, passes on what both sides say, and ends at Ctrl-C."""
    command = [sys.executable, "-m", "steps.s10", "relay", "--port", "0", "--to", str(store.port)]
    env = {**os.environ, "PYTHONPATH": str(request.config.rootpath)}
    with wire.Process(command, tmp_path, env) as relay:
        line = rf"^port (\d+) leads to port {store.port}; Ctrl-C ends it$"
        port = int(relay.wait_for(line)[1])
        with wire.Client(port) as client:
            assert client.ask("SET", "passed on", "as it is") == b"OK"
            assert store.client().ask("GET", "passed on") == b"as it is"
            assert relay.stop() == 0
            assert client.closed()
        assert relay.stderr() == ""


def test_a_port_that_is_taken(command, store):
    """The relay can't listen where a server already does: a sentence, and exit code 1."""
    done = command("s10", "relay", "--port", store.port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: cannot listen at port {store.port}: ")
