"""Looks at how long a reply is, and not at what it says.

Caught by: test_bugs_in_the_server_are_caught
"""

from __future__ import annotations

from steps.s08_testing.client import Connection


def check_server(host: str, port: int) -> None:
    with Connection(host, port) as client:
        client.send(b"PING\r\nECHO hello\r\n")
        assert len(client.receive(18)) == 18
        client.send(b"SET k 1\r\nINCR k\r\nGET k\r\n")
        assert len(client.receive(16)) == 16
        client.send(b"RPUSH list a b c\r\nLRANGE list 0 -1\r\n")
        assert client.receive(5)
