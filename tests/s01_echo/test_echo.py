"""Exercise 1.2: what a client sends comes back."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "1.2",
    why="handle reads with recv, and writes back with sendall what it has read. recv returns b'' "
    "once the client has hung up: that is the end, and handle has to return.",
)
@pytest.mark.timeout(10)
def test_bytes_come_back(code):
    """What a client sends comes back, and handle returns when the client hangs up."""
    client, connection = code.labs.s01.pair()
    client.sendall(b"hello")
    client.shutdown(1)  # SHUT_WR: nothing more comes
    code.s01.Server(code.labs.s01.free_listener()).handle(connection)
    assert client.recv(100) == b"hello"


@pytest.mark.exercise(
    "1.2",
    why="handle does not close the connection. `guard`, which calls it, does that, and may have to say "
    "something first: if the connection is closed by then, nobody hears it.",
)
@pytest.mark.timeout(10)
def test_the_connection_is_left_open(code):
    """When handle returns, the connection is still open."""
    client, connection = code.labs.s01.pair()
    client.shutdown(1)
    code.s01.Server(code.labs.s01.free_listener()).handle(connection)
    assert connection.fileno() >= 0


@pytest.mark.exercise(
    "1.2",
    why="A client may think for an hour between two words. With a timeout, recv raises TimeoutError, "
    "and a silent client is taken for one that has vanished.",
)
@pytest.mark.timeout(10)
def test_a_client_may_take_its_time(code):
    """A silent client is waited for without a timeout."""
    assert code.labs.s01.how_it_receives(b"hello")["patience"] is None


@pytest.mark.exercise(
    "1.2",
    why="recv sets aside as much memory as you ask for, before it knows how much has come: for each "
    "client, at each call. Ask for CHUNK bytes.",
)
@pytest.mark.timeout(10)
def test_no_more_than_a_chunk_at_once(code):
    """At most CHUNK bytes are asked for at once."""
    assert code.labs.s01.how_it_receives(b"hello")["most"] <= 16 * 1024


@pytest.mark.exercise(
    "1.2",
    why="Whatever goes wrong while the bytes move is for `guard` to judge. If handle catches "
    "everything, a Ctrl-C during recv is lost, and the server goes on.",
)
def test_ctrl_c_goes_on_to_the_caller(code):
    """Ctrl-C while handle waits for bytes comes out of it."""
    assert code.labs.s01.interrupted() == "KeyboardInterrupt"


@pytest.mark.exercise(
    "1.2",
    why="A socket carries bytes, and not every sequence of bytes is text. Decoding to str and "
    "encoding again fails, or changes what was sent.",
)
@pytest.mark.timeout(10)
def test_all_256_bytes_come_back(code):
    """Every byte comes back as it was sent, even if it is not text."""
    data = bytes(range(256)) + "é€".encode()[:-1] + b"\r\n\x00"
    client, connection = code.labs.s01.pair()
    client.sendall(data)
    client.shutdown(1)
    code.s01.Server(code.labs.s01.free_listener()).handle(connection)
    assert client.recv(1000) == data


@pytest.mark.exercise(
    "1.2",
    why="One recv is one piece of the conversation: go on until it returns b''. What it has brought "
    "goes back before the next recv, since a client may wait for that answer before it sends more.",
)
@pytest.mark.timeout(10)
def test_a_client_sends_again_and_again(code):
    """A client that got its answer sends more, and gets that too."""
    messages = [b"message %d\r\n" % number for number in range(20)]
    assert code.labs.s01.in_turns(messages) == messages


@pytest.mark.exercise(
    "1.2",
    why="recv returns b'' when the client has hung up, at once and again and again. A loop that "
    "takes it for data never ends, keeps a processor busy, and lets the next client wait.",
)
def test_the_end_is_seen(server):
    """A client that says it is done gets the rest and then the end."""
    client = server("s01").client()
    client.send(b"goodbye")
    client.finish()
    client.expect(b"goodbye")
    assert client.closed()


@pytest.mark.exercise(
    "1.2",
    why="One recv returns CHUNK bytes at most, and often fewer. Go on until it returns b''.",
)
@pytest.mark.timeout(10)
def test_more_than_one_recv_takes(code):
    """More bytes than one recv takes come back, all of them."""
    data = bytes(range(256)) * 200
    client, connection = code.labs.s01.pair()
    client.sendall(data)
    client.shutdown(1)
    code.s01.Server(code.labs.s01.free_listener()).handle(connection)
    connection.shutdown(1)
    back = client.makefile("rb").read()
    assert len(back) == len(data)
    assert back == data


@pytest.mark.exercise(
    "1.2",
    why="send writes as much as fits into the buffer of the system and returns how much that "
    "was. The rest is yours to send: sendall does that.",
)
@pytest.mark.timeout(20)
def test_nothing_is_lost_on_the_way_to_a_slow_reader(code):
    """A client that reads slowly gets every byte."""
    data = bytes(range(251)) * 1000
    back = code.labs.s01.through_a_needle(code.s01.Server(code.labs.s01.free_listener()), data)
    assert len(back) == len(data)
    assert back == data


@pytest.mark.exercise(
    "1.2",
    why="recv returns what has arrived, up to CHUNK bytes. More than that, or bytes in two "
    "packets, take more than one recv: keep the order and leave nothing out.",
)
def test_any_cut_of_the_bytes(server, cuts):
    """However the bytes are cut, the same bytes come back."""
    echo = server("s01")
    data = b"*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n"
    for pieces in cuts(data):
        with echo.client() as client:
            for piece in pieces:
                client.send(piece)
            client.expect(data)
