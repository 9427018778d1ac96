"""Answers to steps/s08_testing/wire_tests.py."""

from __future__ import annotations

from steps.s08_testing.client import Connection


def check_server(host: str, port: int) -> None:
    # Waiting for a reply puts things in order: once PONG is here, the server has read the half
    # request after the PING too. A pause (`time.sleep`) would be too short on a slow day and too
    # long on all others. Exact bytes wherever the order is promised, sorted where it is not.
    with Connection(host, port) as client:
        client.send(b"PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhe")
        client.expect(b"+PONG\r\n")
        client.send(b"llo\r\n")
        client.expect(b"$5\r\nhello\r\n")

        client.send(b"SET k 1\r\nINCR k\r\nGET k\r\n")
        client.expect(b"+OK\r\n:2\r\n$1\r\n2\r\n")

        for value in (b"caf\xc3\xa9\r\n\xff", b""):
            assert client.ask("SET", "k", value) == "OK"
            client.send(b"get k\r\n")
            client.expect(b"$%d\r\n%b\r\n" % (len(value), value))

        assert client.ask("RPUSH", "list", "a", "b", "c") == 3
        assert client.ask("LRANGE", "list", "0", "1") == [b"a", b"b"]
        assert client.ask("LRANGE", "list", "1", "-1") == [b"b", b"c"]
        assert str(client.ask("SADD", "list", "x")).startswith("WRONGTYPE")
        assert client.ask("LLEN", "list") == 3

        assert client.ask("SET", "k", "v", "EX", "100") == "OK"
        assert client.ask("SET", "k", "w") == "OK"
        assert client.ask("TTL", "k") == -1
        client.ask("SADD", "set", "b", "a")
        assert sorted(client.ask("SMEMBERS", "set")) == [b"a", b"b"]
