"""redis-cli, the client that everybody has at hand, against the complete server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading

import pytest

from workbook import wire

WAIT = 20


@pytest.fixture
def cli(program):
    return program("redis-cli", "redis-tools")


@pytest.fixture
def running(server):
    return server("s10")


@pytest.fixture
def run(cli, running):
    """`run("GET", "k")`: what redis-cli writes; its exit code is `code`, 0 unless told otherwise."""

    def once(*words, send=b"", code=0, flags=()):
        done = subprocess.run(
            [cli, "-p", str(running.port), *flags, *map(str, words)],
            input=send,
            capture_output=True,
            timeout=WAIT,
            check=False,
        )
        assert done.returncode == code, done.stderr.decode()
        return done.stdout.decode()

    return once


def test_one_command_at_a_time(run):
    """One call, one command, one reply as text."""
    assert run("PING") == "PONG\n"
    assert run("SET", "k", "two words") == "OK\n"
    assert run("GET", "k") == "two words\n"
    assert run("GET", "nosuch") == "\n"
    assert run("RPUSH", "l", "a", "b") == "2\n"
    assert run("LRANGE", "l", 0, -1) == "a\nb\n"
    assert run("NOSUCH").startswith("ERR unknown command 'NOSUCH'")
    assert run("INCR", "k", flags=["-e"], code=1) == ""
    assert run("SET", "file", flags=["-x"], send=b"from stdin") == "OK\n"
    assert run("GET", "file") == "from stdin\n"
    assert run("SET", "k", "three", flags=["-n", "3"]) == "OK\n"
    assert run("GET", "k") == "two words\n"
    assert run("LRANGE", "l", 0, -1, flags=["--csv"]) == '"a","b"\n'
    assert run("INCR", "n", flags=["-r", "3"]) == "1\n2\n3\n"


def test_commands_from_a_pipe(run):
    """Line by line from stdin, as typed, with quotes and a transaction."""
    lines = 'SET k "a \\"b\\" c"\nGET k\nMULTI\nINCR n\nINCR n\nEXEC\nSELECT 2\nDBSIZE\n'
    out = run(send=lines.encode()).splitlines()
    assert out[:2] == ["OK", 'a "b" c']
    assert out[2:] == ["OK", "QUEUED", "QUEUED", "1", "2", "OK", "0"]


def test_resp3(run):
    """With -3, maps, sets and numbers come in kinds of their own; --json writes them as such."""
    run("HSET", "h", "name", "ann", "age", 7)
    run("ZADD", "z", 1.5, "m")
    assert run("HGETALL", "h", flags=["-3", "--no-raw"]) == '1# "name" => "ann"\n2# "age" => "7"\n'
    assert run("ZSCORE", "z", "m", flags=["-3", "--no-raw"]) == "(double) 1.5\n"
    assert run("GET", "nosuch", flags=["-3", "--no-raw"]) == "(nil)\n"
    assert json.loads(run("HGETALL", "h", flags=["--json"])) == {"name": "ann", "age": "7"}
    assert json.loads(run("ZRANGE", "z", 0, -1, "WITHSCORES", flags=["--json"])) == [["m", 1.5]]


def test_mass_insertion(run):
    """--pipe: a hundred thousand commands of raw bytes, and redis-cli counts the replies."""
    count = 100_000
    data = b"".join(wire.encode(["SET", f"key:{n}", f"value {n}"]) for n in range(count))
    out = run("--pipe", send=data)
    assert f"errors: 0, replies: {count}" in out
    assert run("DBSIZE") == f"{count}\n"
    assert run("GET", "key:99999") == "value 99999\n"
    out = run("--pipe", send=b"INCR key:1\r\nSET k v\r\nNOSUCH\r\n", code=1)
    assert "errors: 2, replies: 3" in out


@pytest.fixture
def some_keys(running):
    client = running.client()
    client.ask("MSET", *[word for n in range(300) for word in (f"key:{n}", "x" * (n % 50))])
    client.ask("RPUSH", "list", *["x"] * 200)
    client.ask("SADD", "set", *range(1000))
    client.ask("HSET", "hash", *range(100))
    client.ask("ZADD", "zset", *range(60))
    return client


@pytest.mark.usefixtures("some_keys")
def test_scan(run):
    """--scan walks through all keys."""
    assert len(set(run("--scan").split())) == 304
    assert sorted(run("--scan", "--pattern", "[hlsz]*").split()) == ["hash", "list", "set", "zset"]
    assert run("--scan", "--pattern", "key:12").split() == ["key:12"]


BIGGEST = """
SET short v
SETRANGE string 1999 x
SETBIT bits 30000 1
PFADD sketch a b c
RPUSH list:1 a
XADD stream:1 1-1 f v
XADD stream:2 1-1 f v
XADD stream:2 1-2 f v
XGROUP CREATE stream:2 group 0
GEOADD places 1 2 here 3 4 there
"""


@pytest.fixture
def both(cli, running, some_keys, redis_server):
    """`both("--bigkeys")`: what redis-cli says of ours, and of a redis-server with the same keys."""
    real = redis_server()
    for line in BIGGEST.strip().splitlines():
        some_keys.ask(*line.split())
    copy = real.client()
    for key in some_keys.ask("KEYS", "*"):
        assert copy.ask("RESTORE", key, 0, some_keys.ask("DUMP", key)) == b"OK"

    def run(*words):
        calls = [[cli, "-p", str(port), *words] for port in (running.port, real.port)]
        done = [subprocess.run(call, capture_output=True, timeout=WAIT) for call in calls]
        return [(one.stdout + one.stderr).decode() for one in done]

    return run


def summary(out):
    """What --bigkeys and --memkeys say at the end, in any order, and without sizes in bytes."""
    end = out[out.index("-------- summary") :]
    return sorted(re.sub(r"[\d.]+ bytes|avg size [\d.]+|avg len [\d.]+", "SIZE", end).splitlines())


def test_big_keys(both):
    """--bigkeys finds the largest key of each type, as it does in redis-server."""
    ours, real = map(summary, both("--bigkeys"))
    assert ours == real
    assert sum(line.startswith("Biggest ") for line in ours) == 6
    assert "Sampled 312 keys in the keyspace!" in ours


def test_keys_that_need_much_memory(both):
    """--memkeys finds the key of each type with the most bytes, and --hotkeys says what it needs."""
    ours, real = map(summary, both("--memkeys", "--memkeys-samples", "0"))
    assert ours == real
    assert sum(line.startswith("Biggest ") for line in ours) == 6
    ours, real = both("--hotkeys")
    assert ours == real
    assert "An LFU maxmemory policy is not selected" in ours


def until(client, *words, good):
    """Asks again and again until the reply is good."""
    for _ in range(100_000):
        if good(client.ask(*words)):
            return
    pytest.fail(f"{words} never got a good reply")


def lines_of(process, count):
    """The first `count` lines that a process writes; then it is ended."""
    watch = threading.Timer(WAIT, process.kill)
    watch.start()
    try:
        return [process.stdout.readline().decode().rstrip("\n") for _ in range(count)]
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def start(cli, running, *words):
    return subprocess.Popen(
        [cli, "-p", str(running.port), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "120"},
    )


@pytest.mark.usefixtures("some_keys")
def test_stat(cli, running):
    """--stat reads INFO again and again."""
    heading, names, *rows = lines_of(start(cli, running, "--stat", "-i", "0.02"), 5)
    assert "data" in heading
    assert names.split()[:3] == ["keys", "mem", "clients"]
    for row in rows:
        keys, memory, clients = row.split()[:3]
        assert (keys, clients) == ("304", "2")
        assert memory.endswith("M")


def test_latency(cli, run):
    """--latency measures PING; here for a tenth of a second, on stdin that is not a terminal."""
    out = run("--latency", flags=["-i", "0.1", "--raw"])
    low, high, average, samples = out.split()[:4]
    assert 0 <= float(low) <= float(average) <= float(high)
    assert int(samples) >= 1


def test_subscribe(cli, running):
    """SUBSCRIBE waits for messages and prints them."""
    process = start(cli, running, "SUBSCRIBE", "news")
    client = running.client()
    until(client, "PUBLISH", "news", "hello", good=lambda count: count == 1)
    assert lines_of(process, 6) == ["subscribe", "news", "1", "message", "news", "hello"]


def test_monitor(cli, running):
    """MONITOR prints what others ask."""
    process = start(cli, running, "MONITOR")
    client = running.client()
    until(client, "CLIENT", "LIST", good=lambda lines: b" flags=O " in lines)
    client.ask("SET", "k", "two words")
    ok, line = lines_of(process, 2)
    assert ok == "OK"
    assert line.endswith('"SET" "k" "two words"')


def test_password(cli, server):
    """-a gives the password; without it every command is refused."""
    port = str(server("s10", "--requirepass", "secret").port)

    def run(*words):
        done = subprocess.run([cli, "-p", port, *words], capture_output=True, timeout=WAIT)
        return (done.stdout + done.stderr).decode()

    assert run("PING").startswith("NOAUTH Authentication required.")
    assert run("-a", "secret", "--no-auth-warning", "PING") == "PONG\n"
    assert run("-3", "-a", "secret", "--no-auth-warning", "PING") == "PONG\n"
    assert "WRONGPASS" in run("-a", "wrong", "--no-auth-warning", "PING")


def test_shutdown(cli, running):
    """SHUTDOWN by redis-cli ends the server, and redis-cli is content with no reply."""
    done = subprocess.run(
        [cli, "-p", str(running.port), "SHUTDOWN", "NOSAVE"], capture_output=True, timeout=WAIT
    )
    assert done.returncode == 0
    assert running.end() == 0
