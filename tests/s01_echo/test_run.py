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
    why="next_client waits, and `stop` may come meanwhile: then it returns None, which is not a client. "
    "`while not self.stopping` looks before the wait, and this comes after it.",
)
@pytest.mark.timeout(10)
def test_none_is_not_served(code):
    """The None of next_client ends the loop, and goes to nobody."""
    server = code.labs.s01.GuestServer(code.labs.s01.free_listener(), 1)
    server.run()
    assert "accepted None" not in list(server.notes)


@pytest.mark.exercise(
    "1.4",
    why="`accepted` may hand the connection to another thread and return at once, as in step 4. A loop "
    "that closes it afterwards takes it away from whoever is serving it.",
)
@pytest.mark.timeout(10)
def test_the_loop_closes_no_connection(code):
    """A connection that `accepted` has kept stays open."""
    server = code.labs.s01.GuestServer(code.labs.s01.free_listener(), 2)
    server.run()
    assert server.closed_early == 0


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
@pytest.mark.parametrize("trouble", ["bug", "exit"])
def test_an_error_gives_the_port_free_too(code, trouble):
    """A loop that ends by an unexpected error closes the port as well."""
    listener = code.labs.s01.free_listener()
    code.labs.s01.BrokenServer(listener, trouble).what_comes_out_of_run()
    assert listener.fileno() == -1


@pytest.mark.exercise(
    "1.4",
    why="Only Ctrl-C is an order to stop. `except Exception`, a bare `except:` and a `return` in "
    "`finally` also swallow a bug: the server ends as if it had been told to, and nobody learns why.",
)
@pytest.mark.timeout(10)
@pytest.mark.parametrize(("trouble", "name"), [("bug", "ValueError"), ("exit", "SystemExit")])
def test_an_unexpected_error_comes_out(code, trouble, name):
    """An error in the loop that is not Ctrl-C comes out of run."""
    server = code.labs.s01.BrokenServer(code.labs.s01.free_listener(), trouble)
    assert server.what_comes_out_of_run() == name
