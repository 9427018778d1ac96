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
    "stream": ["XADD k 1-1 f v g 7", "XADD k 1-2 f w g 70000", "XADD k 5 other -5", "XDEL k 1-2"],
    "stream without entries": ["XADD k MAXLEN 0 9-9 f v"],
    "long stream": [f"XADD k {n}-{9 * n % 10} f {n - 300} g {'x' * n}" for n in range(1, 250)],
    "ids far apart": ["XADD k 5-9 f v", "XADD k 18446744073709551615-1 f v"],
    "groups": [
        *[f"XADD k {n} f v" for n in range(1, 6)],
        "XGROUP CREATE k g 0 ENTRIESREAD 0",
        "XGROUP CREATE k h 3",
        "XREADGROUP GROUP g one COUNT 2 STREAMS k >",
        "XREADGROUP GROUP g two COUNT 2 STREAMS k >",
        "XCLAIM k g two 0 1 TIME 1000 RETRYCOUNT 70",
        "XGROUP CREATECONSUMER k h idle",
        "XDEL k 2",
    ],
}
READ = {
    b"string": "GET {}",
    b"list": "LRANGE {} 0 -1",
    b"set": "SMEMBERS {}",
    b"hash": "HGETALL {}",
    b"zset": "ZRANGE {} 0 -1 WITHSCORES",
    b"stream": "XINFO STREAM {} FULL COUNT 0",
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
    if commands[0].startswith("XADD"):  # each has its own time, down to the milliseconds
        ours.ask("DEL", "k")
        assert ours.ask("RESTORE", "k", 0, real.ask("DUMP", "k")) == b"OK"
    assert value(ours, "k") == expected
    payloads = {name: client.ask("DUMP", "k") for name, client in (("ours", ours), ("real", real))}
    for client in (ours, real):
        for name, payload in payloads.items():
            assert client.ask("RESTORE", name, 0, payload) == b"OK"
            assert value(client, name) == expected


def test_older_and_newer_streams(code: Any, server: Start, redis_server: Start) -> None:
    """We take a stream as Redis 5 dumped it, as redis-server does, and as Redis 7.2 does."""
    ours, real = server("s10").client(), redis_server().client()
    for command in (
        "XADD k 1-1 f v",
        "XADD k 2-2 g w",
        "XGROUP CREATE k g 0 ENTRIESREAD 0",
        "XREADGROUP GROUP g a COUNT 1 STREAMS k >",
    ):
        real.ask(*command.split())
    crc64 = code.s07.rdb.crc64.crc64
    version, body = b"\x0a\x00", real.ask("DUMP", "k")[1:-10]
    end = 18 + 1 + body[18]  # one block: its id, and a listpack of less than 64 bytes
    blocks, head, groups = body[:end], body[end : end + 8], body[end + 8 :]
    # Redis 5 wrote of the stream how many entries, and the last id; nothing of what a group has read
    old = b"\x0f" + blocks + head[:3] + groups[:5] + groups[6:]
    # and 7.2 writes a second time of each consumer
    new = b"\x15" + body[:-17] + bytes(8) + body[-17:]
    expected = value(real, "k")
    for name, payload, clients in (("old", old, (ours, real)), ("new", new, (ours,))):
        payload += version
        payload += crc64(payload).to_bytes(8, "little")
        for client in clients:
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
