"""The client that the checks of 8.2 use, which is given."""

from __future__ import annotations

import socket
import threading

import pytest


@pytest.fixture
def peer(code):
    """A connection, and the other end of it, in the hands of the test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with code.s08.Connection("127.0.0.1", port, patience=2.0) as connection:
            end, _ = listener.accept()
            with end:
                yield connection, end


def test_ask(code, server):
    """A command gets its reply as a plain value."""
    with code.s08.Connection("127.0.0.1", server(8).port) as connection:
        assert connection.ask("SET", "k", b"\xff\r\n") == "OK"
        assert connection.ask("GET", "k") == b"\xff\r\n"
        assert connection.ask("GET", "none") is None
        assert connection.ask("RPUSH", "l", "a", "b") == 2
        assert connection.ask("LRANGE", "l", 0, "-1") == [b"a", b"b"]
        assert str(connection.ask("GET", "l")).startswith("WRONGTYPE ")
        connection.send(b"PING\r\nPING\r\n")
        connection.expect(b"+PONG\r\n+PONG\r\n")


def test_pieces_are_put_together(peer):
    """A reply that comes in pieces is one reply; bytes after it are kept."""
    connection, end = peer

    def dribble():
        for byte in b"$2\r\nab\r\n+OK\r\n:1\r\n":
            end.sendall(bytes([byte]))

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    assert connection.ask("GET", "k") == b"ab"
    connection.expect(b"+OK\r\n")
    assert connection.receive(4) == b":1\r\n"
    thread.join()


def test_wrong_bytes_are_noticed_at_once(peer):
    """Bytes that can no longer become the expected ones end the waiting."""
    connection, end = peer
    end.sendall(b"+PING\r\n")
    with pytest.raises(AssertionError, match=r"expected b'\+PONG.*and more', got b'\+PING"):
        connection.expect(b"+PONG\r\nand more")


def test_the_end_is_an_assertion_error(peer):
    """A server that hangs up fails the test, whatever the test waits for."""
    connection, end = peer
    end.sendall(b"$5\r\nhe")
    end.shutdown(socket.SHUT_WR)
    with pytest.raises(AssertionError, match="no whole reply"):
        connection.ask("GET", "k")
    assert connection.receive(100) == b"$5\r\nhe"
    with pytest.raises(AssertionError, match=r"expected b':1\\r\\n', got b''"):
        connection.expect(b":1\r\n")


def test_silence_is_an_assertion_error(code, peer):
    """A silent server fails the test, too; nothing waits longer than its patience."""
    connection, _ = peer
    connection.patience = 0.01
    with pytest.raises(AssertionError, match="no whole reply"):
        connection.ask("PING")
