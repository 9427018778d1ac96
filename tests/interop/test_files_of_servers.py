"""Whole servers take over each other's folder: ours from redis-server, redis-server from ours.

Each test goes round once: one server writes and dies, the other starts in the same folder, has
everything, writes more and dies, and the first one has that, too.
"""

from __future__ import annotations

import pytest

from workbook.patience import attempts

FAR = 2_147_000_000_123
STEPS = ["s07", "s10"]
AOF = ("--appendonly", "yes", "--appendfsync", "always")
EVERYTHING = [
    "SET string value",
    "SET number 12345",
    f"SET timed value PXAT {FAR}",
    "INCRBYFLOAT float 0.1",
    "RPUSH list a b 3 -70000",
    "SADD set a b c",
    "SADD numbers 1 2 70000",
    "SREM numbers 2",
    "HSET hash f v g 2",
    "HINCRBYFLOAT hash h 1.5",
    "ZADD zset 1.5 a -inf b 3 c",
    f"PEXPIREAT zset {FAR}",
    "SET over x PXAT 1",
    "GET over",
    "SPOP set",
    "LPOP list",
    "SET gone x",
    "EXPIRE gone -1",
]


@pytest.fixture
def starts(server, redis_server):
    """`starts(name, *options)`: the server of a step, or redis-server."""

    def start(name, *options):
        return redis_server(*options) if name == "redis" else server(name, *options)

    return start


def fill(client):
    for line in EVERYTHING:
        reply = client.ask(*line.split())
        assert not str(reply).startswith("-"), (line, reply)


def contents(client):
    """All keys with their values and deadlines."""
    reads = {
        b"string": lambda key: client.ask("GET", key),
        b"list": lambda key: client.ask("LRANGE", key, 0, -1),
        b"set": lambda key: sorted(client.ask("SMEMBERS", key)),
        b"hash": lambda key: sorted(zip(*[iter(client.ask("HGETALL", key))] * 2, strict=True)),
        b"zset": lambda key: client.ask("ZRANGE", key, 0, -1, "WITHSCORES"),
    }
    return {
        key: (reads[client.ask("TYPE", key)](key), client.ask("PEXPIRETIME", key))
        for key in client.ask("KEYS", "*")
    }


def rewrite(client, folder):
    """BGREWRITEAOF, and waits until the manifest names the new base and nothing older."""
    manifest = folder / "appendonlydir" / "appendonly.aof.manifest"
    before = manifest.read_text()
    assert not str(client.ask("BGREWRITEAOF")).startswith("-")
    now = before
    for _ in attempts(10):
        if (now := manifest.read_text()) != before and len(now.splitlines()) == 2:
            return
    pytest.fail(f"the rewrite does not end: {now}")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("rewritten", [False, True], ids=["as-written", "rewritten"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_the_append_only_folder(starts, tmp_path, step, first, rewritten):
    """An append-only folder goes from one server to the other and back."""
    names = [step, "redis", step] if first == "ours" else ["redis", step, "redis"]
    one = starts(names[0], *AOF)
    client = one.client()
    fill(client)
    for name in names[1:]:
        if rewritten:
            rewrite(client, tmp_path)
        client.ask("INCR", "number")
        client.ask("APPEND", "timed", name)
        expected = contents(client)
        one.kill()
        one = starts(name, *AOF)
        client = one.client()
        assert contents(client) == expected
        assert b"over" not in expected
        assert b"gone" not in expected


@pytest.mark.timeout(60)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_the_snapshot(starts, step, first):
    """A snapshot goes from one server to the other and back."""
    names = [step, "redis", step] if first == "ours" else ["redis", step, "redis"]
    one = starts(names[0])
    client = one.client()
    fill(client)
    for name in names[1:]:
        client.ask("INCR", "number")
        assert client.ask("SAVE") == b"OK"
        expected = contents(client)
        one.kill()
        one = starts(name)
        client = one.client()
        assert contents(client) == expected


FIRST_EIGHT = (
    "expire pexpire expireat pexpireat ttl pttl expiretime pexpiretime persist set setex psetex getex "
    "copy save bgsave lastsave bgrewriteaof"
)


@pytest.mark.parametrize("step", STEPS)
def test_command_info(starts, step):
    """COMMAND INFO says of the commands of step 7 what redis-server says: name to tips."""
    ours, theirs = starts(step).client(), starts("redis").client()
    for name in FIRST_EIGHT.split():
        asked = ("COMMAND", "INFO", name)
        assert head(ours.ask(*asked)) == head(theirs.ask(*asked))


def head(reply):
    """The items from the name to the tips, with what has no order sorted."""
    name, arity, flags, first, last, step, categories, tips = reply[0][:8]
    return name, arity, sorted(flags), first, last, step, sorted(categories), sorted(tips)
