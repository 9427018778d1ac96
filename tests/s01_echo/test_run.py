"""Exercise 1.4: one client after another, until Ctrl-C."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "1.4",
    why="The loop goes on after each client: wait for one, serve it, wait for the next.",
)
def test_one_client_after_another(server):
    """Five clients come one after another, and each is served."""
    echo = server("s01")
    for number in range(5):
        with echo.client() as client:
            client.send(b"client %d" % number)
            client.expect(b"client %d" % number)


@pytest.mark.exercise(
    "1.4",
    why="This server serves one client at a time. The next one waits in the queue of the system, "
    "and its turn comes when the first hangs up. (Step 4 serves them at once.)",
)
def test_the_second_client_waits_for_its_turn(server):
    """A client that comes while another is served waits, and loses nothing."""
    echo = server("s01")
    first, second = echo.client(), echo.client()
    second.send(b"me too")
    first.send(b"me first")
    first.expect(b"me first")
    assert second.pending() == b""
    first.close()
    second.expect(b"me too")


@pytest.mark.exercise(
    "1.4",
    why="Ctrl-C raises KeyboardInterrupt while the server waits for a client. This is how the "
    "server is stopped: no traceback, exit code 0. If the exit code is -2, KeyboardInterrupt came "
    "out of run.",
)
def test_ctrl_c_stops_an_idle_server(server):
    """Ctrl-C stops the server: exit code 0, no traceback, and the port is closed."""
    echo = server("s01")
    assert echo.stop() == 0
    assert echo.stderr() == ""
    assert echo.stdout().splitlines()[2:] == ["step 01 stopped"]


@pytest.mark.exercise(
    "1.4",
    why="Ctrl-C may also come while a client is being served. If the try is inside the loop, it "
    "ends this client and the server goes on with the next.",
)
def test_ctrl_c_stops_a_busy_server(server):
    """Ctrl-C while a client is connected stops the server too."""
    echo = server("s01")
    client = echo.client()
    client.send(b"hello")
    client.expect(b"hello")
    assert echo.stop() == 0
    assert client.closed()
    assert echo.stderr() == ""


@pytest.mark.exercise(
    "1.4",
    why="`accepted` decides who serves a new client: here the loop itself, in step 4 a thread of a "
    "pool. A loop that calls serve_client or handle makes that decision for all later steps.",
)
@pytest.mark.timeout(10)
def test_each_client_is_handed_to_accepted(code):
    """Each client goes to `accepted`, in turn, and `close` comes last."""
    server = code.labs.s01.GuestServer(code.labs.s01.free_listener(), 3)
    server.run()
    assert list(server.notes) == ["accepted", "accepted", "accepted", "closed"]


@pytest.mark.exercise(
    "1.4",
    why="next_client returns None when stop() was called. That ends the loop, and close() "
    "releases the port, however the loop ended. A socket that is closed has the fileno -1.",
)
@pytest.mark.timeout(10)
def test_stop_ends_the_loop_and_closes_the_port(code):
    """After stop() run returns, and the port is closed."""
    listener = code.labs.s01.free_listener()
    server = code.s01.Server(listener)
    server.stop()
    server.run()
    assert listener.fileno() == -1


@pytest.mark.exercise(
    "1.4",
    why="A line after the loop is skipped when the loop ends by an error. `finally` runs on every "
    "way out. A socket that is closed has the fileno -1.",
)
@pytest.mark.timeout(10)
def test_an_error_gives_the_port_free_too(code):
    """A loop that ends by an unexpected error closes the port as well."""
    listener = code.labs.s01.free_listener()
    assert code.labs.s01.BrokenServer(listener).what_comes_out_of_run() == "ValueError"
    assert listener.fileno() == -1
