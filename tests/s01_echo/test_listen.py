"""Exercise 1.1: a socket that listens."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "1.1",
    why="bind sets host and port, and listen makes the socket accept clients. For bind, port 0 is "
    "a port like any other: the system replaces it by a free one. The socket is returned open: a "
    "`with` around it would close it on the way out.",
)
def test_a_client_gets_in(code):
    """A client can connect to the port that the system chose."""
    listener = code.s01.listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    assert host == "127.0.0.1"
    client = code.labs.s01.connect(port)
    connection = listener.accept()[0]
    client.sendall(b"hello")
    assert connection.recv(100) == b"hello"


@pytest.mark.exercise(
    "1.1",
    why="`resolve` says which family the host belongs to: IPv4 or IPv6. An address of one family "
    "does not work for a socket of the other, so a server with AF_INET written into it never "
    "listens at ::1.",
)
def test_the_socket_is_of_the_family_of_the_host(code):
    """An IPv6 address gets a socket for IPv6, an IPv4 address one for IPv4."""
    assert code.labs.s01.families("::1") == ["AF_INET6"]
    assert code.labs.s01.families("127.0.0.1") == ["AF_INET"]


@pytest.mark.exercise(
    "1.1",
    why="Whoever starts the server decides at which address it listens: 127.0.0.1 is for this "
    "machine only, others are for its networks. bind gets the address that `resolve` makes of "
    "host and port.",
)
@pytest.mark.parametrize("host", ["192.0.2.7", "127.0.0.1", "0.0.0.0"])
def test_the_address_is_the_one_that_was_asked_for(code, host):
    """The address that is bound consists of this host and this port."""
    assert code.labs.s01.bound(host, 6380) == [[host, 6380]]


@pytest.mark.exercise(
    "1.1",
    why="Port 0 means: any free one. A fixed port in the code, or `port or 6379`, lets only one "
    "server run on a machine.",
)
def test_port_0_gives_each_server_its_own(code):
    """Two servers with port 0 get two ports."""
    one = code.s01.listen("127.0.0.1", 0)
    other = code.s01.listen("127.0.0.1", 0)
    assert one.getsockname()[1] != other.getsockname()[1]
    assert 6379 not in (one.getsockname()[1], other.getsockname()[1])


@pytest.mark.exercise(
    "1.1",
    why="After a close, TCP keeps the port in TIME_WAIT for a minute or more. Without "
    "SO_REUSEADDR, set before bind, a restarted server gets: address already in use.",
)
def test_the_port_is_free_again_at_once(code):
    """A server can be started again on the port that it had a moment ago."""
    listener = code.s01.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    client = code.labs.s01.connect(port)
    listener.accept()[0].close()  # who closes first has the port in TIME_WAIT
    assert client.recv(1) == b""
    client.close()
    listener.close()
    assert code.labs.s01.why_not("127.0.0.1", port) == ""


@pytest.mark.exercise(
    "1.1",
    why="A port that another server listens at must be refused, with the OSError that bind or "
    "listen raises. SO_REUSEPORT is another option: it lets both have the port, and each "
    "gets half the clients.",
)
def test_a_port_in_use_is_refused(code):
    """A second server on the same port is refused."""
    listener = code.s01.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    assert code.labs.s01.why_not("127.0.0.1", port) == "OSError"


@pytest.mark.exercise(
    "1.1",
    why="The caller tells the user what is wrong: is the port in use, is it not allowed, is there "
    "no such address? An OSError of your own has no errno. Close the socket, then let the same "
    "error go on with a bare `raise`.",
)
def test_the_error_is_that_of_the_system(code):
    """The error is the one that the system gave, with its errno."""
    listener = code.s01.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    assert code.labs.s01.errno_of("127.0.0.1", port).endswith("EADDRINUSE")


@pytest.mark.exercise(
    "1.1",
    why="If something goes wrong between socket() and return, nobody else has the socket to close "
    "it. Close it yourself, and let the error go on.",
)
def test_a_refusal_leaves_no_socket_open(code):
    """If the port is not available, the socket is closed."""
    listener = code.s01.listen("127.0.0.1", 0)
    assert code.labs.s01.left_open("127.0.0.1", listener.getsockname()[1]) == 0


@pytest.mark.exercise(
    "1.1",
    why="BACKLOG is what Redis asks for. A smaller number is enough until the day when a crowd comes "
    "back at once, after a restart for example.",
)
def test_the_backlog_is_as_long_as_promised(code):
    """The system hears that BACKLOG clients may wait."""
    assert code.labs.s01.backlogs() == [511]


@pytest.mark.exercise(
    "1.1",
    why="The argument of listen is the number of clients that may wait until they are accepted. "
    "Beyond it the system drops them, and they try again only after a second.",
)
def test_many_clients_may_wait(code):
    """Fifty clients connect before the first one is accepted."""
    listener = code.s01.listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    clients = []
    for number in range(50):
        try:
            clients.append(code.labs.s01.connect(port, 0.5))
        except OSError as error:
            pytest.fail(f"client {number + 1} had no place to wait: {error}")
    assert len(clients) == 50
