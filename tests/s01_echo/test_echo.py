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
    why="One recv is one piece of the conversation, not the whole. handle goes on until recv "
    "returns b''.",
)
def test_a_client_sends_again_and_again(server):
    """A client that got its answer sends more, and gets that too."""
    client = server("s01").client()
    for number in range(20):
        message = b"message %d\r\n" % number
        client.send(message)
        client.expect(message)


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
