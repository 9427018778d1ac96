"""Expects the members of a set in the order in which they were added.

Caught by: test_good_servers_pass
"""

from __future__ import annotations

from steps.s08_testing.client import Connection


def check_server(host: str, port: int) -> None:
    with Connection(host, port) as client:
        assert client.ask("SADD", "set", "one", "two", "three") == 3
        assert client.ask("SMEMBERS", "set") == [b"one", b"two", b"three"]
