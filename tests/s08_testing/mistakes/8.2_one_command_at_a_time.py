"""Sends whole commands, one after the other, and never half a one or two at once.

Caught by: test_bugs_in_the_server_are_caught
"""

from __future__ import annotations

from steps.s08_testing.client import Connection


def check_server(host: str, port: int) -> None:
    with Connection(host, port) as client:
        for value in (b"caf\xc3\xa9", b""):
            client.ask("set", "k", value)
            assert client.ask("GET", "k") == value
        client.ask("RPUSH", "list", "a", "b", "c")
        assert client.ask("LRANGE", "list", "0", "-1") == [b"a", b"b", b"c"]
        assert str(client.ask("SADD", "list", "x")).startswith("WRONGTYPE")
        assert client.ask("LLEN", "list") == 3
        client.ask("SET", "k", "v", "EX", "100")
        client.ask("SET", "k", "w")
        assert client.ask("TTL", "k") == -1
