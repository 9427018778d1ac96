"""What is given: the session that answers each request with itself, and its server."""

from __future__ import annotations

import subprocess


def test_each_request_comes_back(code):
    """Requests come back as arrays, in order, inline ones too."""
    session = code.s02.EchoSession()
    assert session.receive(b"*1\r\n$4\r\nPING\r\nECHO 'a b'\r\nhal") == (
        b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$3\r\na b\r\n"
    )
    assert session.receive(b"f\r\n") == b"*1\r\n$4\r\nhalf\r\n"
    assert not session.closing


def test_bad_bytes_end_the_session(code):
    """An error is the last reply, and then the session wants to close."""
    session = code.s02.EchoSession()
    assert session.receive(b"PING\r\n*x\r\nPING\r\n") == (
        b"*1\r\n$4\r\nPING\r\n-ERR Protocol error: invalid multibulk length\r\n"
    )
    assert session.closing


def test_the_last_words_arrive(server):
    """The error reaches a client that has much more to say."""
    client = server(2).client()
    client.send(b"*1\r\n$x\r\n" + b"x" * 300_000)
    client.expect(b"-ERR Protocol error: invalid bulk length\r\n")
    assert client.closed()


def test_redis_cli_can_talk_to_it(server, program):
    """redis-cli gets its own words back."""
    port = str(server(2).port)
    told = subprocess.run(
        [program("redis-cli", "redis-tools"), "-p", port, "set", "k", "two words"],
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    assert told.stdout.splitlines() == ["set", "k", "two words"]
