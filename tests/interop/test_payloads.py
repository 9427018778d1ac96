"""DUMP of one server is RESTORE's food for the other, both ways, in all forms that Redis packs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]

VALUES = {
    "text": ["SET k hello"],
    "number": ["SET k 12345"],
    "long": ["SETRANGE k 5000 x"],
    "compressed": ["SET k " + "abcabc" * 500],
    "list": ["RPUSH k a b 3"],
    "long list": ["RPUSH k " + " ".join(map(str, range(3000)))],
    "integers": ["SADD k 1 -2 70000"],
    "set": ["SADD k a b 3"],
    "hash": ["HSET k f v g 7"],
    "large hash": ["HSET k f " + "x" * 100],
    "sorted set": ["ZADD k 1.5 a -inf b inf c"],
    "large sorted set": ["ZADD k 2 " + "x" * 100],
}
READ = {
    b"string": "GET {}",
    b"list": "LRANGE {} 0 -1",
    b"set": "SMEMBERS {}",
    b"hash": "HGETALL {}",
    b"zset": "ZRANGE {} 0 -1 WITHSCORES",
}


def value(client: Any, key: str) -> Any:
    """What is under a key, in an order of its own where it has none."""
    name = client.ask("TYPE", key)
    found = client.ask(*READ[name].format(key).split())
    return sorted(found) if name == b"set" else found


@pytest.mark.parametrize("commands", VALUES.values(), ids=VALUES.keys())
def test_payloads_both_ways(server: Start, redis_server: Start, commands: list[str]) -> None:
    ours, real = server("s10").client(), redis_server().client()
    for client in (ours, real):
        for command in commands:
            client.ask(*command.split())
    expected = value(real, "k")
    assert value(ours, "k") == expected
    payloads = {name: client.ask("DUMP", "k") for name, client in (("ours", ours), ("real", real))}
    for client in (ours, real):
        for name, payload in payloads.items():
            assert client.ask("RESTORE", name, 0, payload) == b"OK"
            assert value(client, name) == expected


@pytest.mark.parametrize("step", ["s07", "s10"])
def test_what_the_journal_keeps_of_it(server: Start, step: str) -> None:
    """A deadline is kept as the moment, and a payload as it came."""
    files = ("--appendonly", "yes")
    first = server(step, *files)
    client = first.client()
    client.ask("SET", "k", "v")
    payload = client.ask("DUMP", "k")
    assert client.ask("RESTORE", "l", 1_000_000, payload) == b"OK"
    assert client.ask("RESTORE", "k", 1, payload, "REPLACE", "ABSTTL") == b"OK"
    moment = client.ask("PEXPIRETIME", "l")
    first.stop()
    client = server(step, *files).client()
    assert client.ask("GET", "l") == b"v"
    assert client.ask("PEXPIRETIME", "l") == moment
    assert client.ask("EXISTS", "k") == 0


@pytest.mark.parametrize("cut", range(12))
def test_a_payload_that_is_cut(server: Start, cut: int) -> None:
    client = server("s07").client()
    client.ask("RPUSH", "k", "a", "b")
    payload = client.ask("DUMP", "k")
    assert client.ask("RESTORE", "l", 0, payload[:cut]).startswith("-ERR DUMP payload version")
    assert client.ask("EXISTS", "l") == 0
