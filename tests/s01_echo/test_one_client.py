"""Exercise 1.3: whatever happens to a client, only this client ends."""

from __future__ import annotations

import pytest


def troubled(code, trouble):
    """A server whose handle ends in `trouble`, and both ends of a connection to it."""
    return code.labs.s01.TroubledServer(
        code.labs.s01.free_listener(), trouble
    ), *code.labs.s01.pair()


@pytest.mark.exercise(
    "1.3",
    why="A client that crashes sends a reset, and recv raises ConnectionResetError. Uncaught, it "
    "goes up through the accept loop and ends the server for all clients.",
)
def test_a_reset_ends_only_that_client(server):
    """A client breaks its connection; the next one is served."""
    echo = server("s01")
    first = echo.client()
    first.send(b"hello")
    first.expect(b"hello")
    first.abort()
    second = echo.client()
    second.send(b"still there?")
    second.expect(b"still there?")
    assert "Traceback" not in echo.stderr()


@pytest.mark.exercise(
    "1.3",
    why="A vanished client shows as an OSError of one kind or another: ConnectionResetError, "
    "BrokenPipeError, TimeoutError, or OSError itself. None is a bug, so none is reported as one; "
    "mind the order of the except clauses.",
)
@pytest.mark.parametrize("trouble", ["reset", "unreachable"])
def test_a_vanished_client_is_no_bug(code, trouble):
    """A client that vanishes ends quietly, whichever OSError reports it."""
    server, _, connection = troubled(code, trouble)
    assert server.what_comes_out(connection) == ""
    assert server.reported == []


@pytest.mark.exercise(
    "1.3",
    why="Any other Exception is a bug in the server. If you swallow it, nobody ever finds it; if "
    "you let it through, one client ends the server. So report it, close the connection, and "
    "return.",
)
def test_a_bug_is_reported(code):
    """A bug is reported, and ends only the client that met it."""
    server, _, connection = troubled(code, "bug")
    assert server.what_comes_out(connection) == ""
    assert [words.split(",")[0] for words in server.reported] == ["ValueError"]


@pytest.mark.exercise(
    "1.3",
    why="`report` may have a last word for the client (which exercise is missing), so the "
    "connection has to be open while it speaks. Close it afterwards: the `with` is around the try.",
)
def test_the_connection_is_open_while_a_bug_is_reported(code):
    """While a bug is reported, the connection is still open."""
    server, _, connection = troubled(code, "bug")
    server.what_comes_out(connection)
    assert server.reported == ["ValueError"]


@pytest.mark.exercise(
    "1.3",
    why="Ctrl-C is meant for the server, not for this client. KeyboardInterrupt is not an "
    "Exception, for exactly this reason; `except:` and `except BaseException` catch it all the "
    "same.",
)
def test_ctrl_c_is_no_trouble_of_a_client(code):
    """Ctrl-C while a client is served goes on to the server."""
    server, _, connection = troubled(code, "Ctrl-C")
    assert server.what_comes_out(connection) == "KeyboardInterrupt"


@pytest.mark.exercise(
    "1.3",
    why="The connection has to be closed on every way out. Otherwise its client waits for a "
    "reply for ever, and each one costs the server a file descriptor.",
)
@pytest.mark.parametrize("trouble", ["none", "reset", "bug", "Ctrl-C"])
def test_the_connection_is_closed(code, trouble):
    """However serving a client ends, its connection is closed."""
    server, client, connection = troubled(code, trouble)
    server.what_comes_out(connection)
    assert connection.fileno() == -1
    assert client.recv(1) == b""
