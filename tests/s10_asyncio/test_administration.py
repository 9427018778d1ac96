"""SHUTDOWN, DEBUG SLEEP, OBJECT, MEMORY, and the commands on clients that need their numbers."""

from __future__ import annotations

import shutil
import time
from functools import partial

import pytest

# ---------------------------------------------------------------- SHUTDOWN


def test_shutdown(server, tmp_path):
    """SHUTDOWN sends no reply, hangs up and ends the process with exit code 0."""
    running = server("s10")
    client, other = running.client(), running.client()
    other.ask("SET", "k", "v")
    client.send(b"SHUTDOWN\r\nPING\r\n")
    assert client.closed()
    assert other.closed()
    assert running.end() == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rules", "words", "saved"),
    [
        ("", ["SAVE"], True),
        ("900 1", [], True),
        ("900 1", ["NOSAVE"], False),
        ("", ["NOW", "FORCE"], False),
        ("900 1", ["save", "now", "force"], True),
    ],
)
def test_shutdown_saves_or_not(server, tmp_path, rules, words, saved):
    """With save rules a snapshot is written at the end; SAVE and NOSAVE overrule them."""
    running = server("s10", "--save", rules)
    client = running.client()
    client.ask("SET", "k", "v")
    client.send(" ".join(["SHUTDOWN", *words]).encode() + b"\r\n")
    assert client.closed()
    assert running.end() == 0
    assert (tmp_path / "dump.rdb").exists() == saved


def test_shutdown_that_cannot_save(server, tmp_path):
    """If the snapshot can't be written, the server keeps running, unless it is forced to stop."""
    running = server("s10")
    client = running.client()
    client.ask("SET", "k", "v")
    (tmp_path / "dump.rdb").mkdir()
    reply = client.ask("SHUTDOWN", "SAVE")
    assert reply == "-ERR Errors trying to SHUTDOWN. Check logs."
    assert client.ask("GET", "k") == b"v"
    client.send(b"SHUTDOWN SAVE FORCE\r\n")
    assert client.closed()
    assert running.end() is not None


# ---------------------------------------------------------------- DEBUG


def test_debug_sleep_keeps_everybody_waiting(server):
    """While the server sleeps no client is answered: one thread serves them all."""
    running = server("s10")
    client, other = running.client(), running.client()
    other.ask("PING")
    began = time.monotonic()
    client.send(b"DEBUG SLEEP 0.3\r\n")
    # Its turn may come first, but then the client has not been heard yet.
    while other.ask("PING") == b"PONG" and time.monotonic() - began < 0.25:
        pass
    client.expect(b"+OK\r\n")
    assert time.monotonic() - began >= 0.3


def test_debug_only_for_whom_it_is_allowed(server):
    """`--enable-debug-command no` forbids it to all clients."""
    client = server("s10", "--enable-debug-command", "no").client()
    assert client.ask("DEBUG", "SLEEP", 0).startswith("-ERR DEBUG command not allowed.")
    client = server("s10", "--enable-debug-command", "yes").client()
    assert client.ask("DEBUG", "SLEEP", 0) == b"OK"
    assert client.ask("DEBUG", "HELP")[0].startswith(b"DEBUG <subcommand>")


def test_debug_loads_the_journal_again(server, redis_server, tmp_path):
    """DEBUG LOADAOF: what the files hold takes the place of what there is, and goes on to be noted."""
    options = ("--appendonly", "yes", "--enable-debug-command", "yes")
    for start in (partial(server, "s10"), redis_server):
        first = start(*options)
        client = first.client()
        client.ask("MSET", "a", "1", "b", "2")
        client.ask("SELECT", "2")
        client.ask("RPUSH", "l", "x", "y")
        before = client.ask("DEBUG", "DIGEST")
        client.ask("DEBUG", "POPULATE", "3")  # is noted nowhere
        assert client.ask("DEBUG", "LOADAOF") == b"OK"
        assert client.ask("DEBUG", "DIGEST") == before
        assert client.ask("LPOP", "l") == b"x"
        after = client.ask("DEBUG", "DIGEST")
        first.stop()
        again = start(*options)
        assert again.client().ask("DEBUG", "DIGEST") == after != before
        again.stop()
        shutil.rmtree(tmp_path / "appendonlydir")


def test_debug_reload_with_functions(server, redis_server):
    """Functions are loaded with the keys; what is merged comes to what is there."""
    library = "#!lua name={0}\nredis.register_function('{0}', function() return '{0}' end)"
    for start in (partial(server, "s10"), redis_server):
        client = start("--enable-debug-command", "yes").client()
        client.ask("FUNCTION", "LOAD", library.format("one"))
        assert client.ask("DEBUG", "RELOAD") == b"OK"
        client.ask("FUNCTION", "LOAD", library.format("two"))
        assert client.ask("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE") == b"OK"
        assert [client.ask("FCALL", name, 0) for name in ("one", "two")] == [b"one", b"two"]
        assert client.ask("DEBUG", "RELOAD", "NOSAVE") == b"OK"
        assert client.ask("FCALL", "one", 0) == b"one"
        assert client.ask("FCALL", "two", 0) == "-ERR Function not found"


def test_debug_reload_loses_nothing_where_the_file_is_damaged(server, tmp_path):
    """The file is read before the data are forgotten."""
    running = server("s10", "--enable-debug-command", "yes")
    client = running.client()
    client.ask("SET", "k", "v")
    (tmp_path / "dump.rdb").write_bytes(b"REDIS0010 and no more")
    reply = client.ask("DEBUG", "RELOAD", "NOSAVE")
    assert reply.startswith("-ERR Error trying to load the RDB dump: ")
    assert client.ask("GET", "k") == b"v"
    assert client.ask("DEBUG", "RELOAD") == b"OK"
    client.ask("SET", "k", "w")
    assert client.ask("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH").startswith("-ERR Error trying")
    assert client.ask("GET", "k") == b"w"
    assert client.ask("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE") == b"OK"
    assert client.ask("GET", "k") == b"v"


# ---------------------------------------------------------------- OBJECT, MEMORY

CASES = [
    ("SADD", [str(number) for number in range(512)], "513", b"intset", b"hashtable"),
    ("HSET", [f"f{number // 2}" for number in range(1024)], "g h", b"listpack", b"hashtable"),
    (
        "ZADD",
        [word for number in range(128) for word in (str(number), f"m{number}")],
        "1 m",
        b"listpack",
        b"skiplist",
    ),
]


@pytest.mark.parametrize(("command", "words", "more", "small", "large"), CASES)
def test_encodings_change_where_those_of_redis_do(
    server, redis_server, command, words, more, small, large
):
    """With one item more than the limit Redis changes the encoding, and we say so."""
    for client in (server("s10").client(), redis_server().client()):
        client.ask(command, "k", *words)
        assert client.ask("OBJECT", "ENCODING", "k") == small
        client.ask(command, "k", *more.split())
        assert client.ask("OBJECT", "ENCODING", "k") == large


def test_memory_usage_follows_the_size(server):
    """More and larger items take more memory; how many are measured matters little."""
    client = server("s10").client()
    client.ask("SET", "string", "x" * 1000)
    client.ask("RPUSH", "list", *["x" * 100] * 100)
    client.ask("SADD", "set", *[f"member {number}" for number in range(1000)])
    client.ask("HSET", "hash", *[f"{number}" for number in range(1000)])
    client.ask("ZADD", "zset", *[f"{number}" for number in range(1000)])

    def usage(key, *options):
        return client.ask("MEMORY", "USAGE", key, *options)

    assert 1000 < usage("string") < 1500
    assert 10_000 < usage("list") < 30_000
    for key, least in (("set", 40_000), ("hash", 40_000), ("zset", 40_000)):
        whole = usage(key, "SAMPLES", 0)
        assert least < whole < 10 * least
        assert usage(key) == pytest.approx(whole, rel=0.3)
    before = usage("string")
    client.ask("EXPIRE", "string", 100)
    assert usage("string") > before


# ---------------------------------------------------------------- clients


def number_of(client):
    return client.ask("CLIENT", "ID")


def described(client, number):
    """The line of CLIENT LIST about a client, as a dict."""
    line = client.ask("CLIENT", "LIST", "ID", number).decode()
    return dict(word.partition("=")[::2] for word in line.split())


@pytest.mark.parametrize("kind", ["WRITE", "ALL"])
def test_no_key_expires_while_clients_are_paused(code, kind):
    """Nothing changes during a pause: an expired key can't be found, and is removed afterwards."""
    talk = code.labs.s10.Talk()
    talk.say(
        "ann", "MULTI", "SET k v PX 10", "LPUSH l a", "PEXPIRE l 10", f"CLIENT PAUSE 9000 {kind}"
    )
    talk.say("ann", "SET other v PX 10", "EXEC")
    talk.wait(0.1)
    store = talk.state.store
    if kind == "WRITE":
        assert (
            talk.say("ann", "GET k", "LLEN l", "EXISTS k", "KEYS *") == b"$-1\r\n:0\r\n:0\r\n*0\r\n"
        )
        assert talk.say("ann", "RANDOMKEY", "DBSIZE").endswith(b":3\r\n")
    assert (len(store.data), store.expired) == (3, 0)
    talk.wait(9)  # the pause is over
    assert talk.say("ann", "GET k", "LLEN l", "GET other") == b"$-1\r\n:0\r\n$-1\r\n"
    assert (len(store.data), store.expired) == (0, 3)


def test_client_list(server, blocked):
    """CLIENT LIST describes clients correctly."""
    running = server("s10")
    one, other = running.client(), running.client()
    number = number_of(other)
    other.ask("CLIENT", "SETNAME", "ann")
    other.ask("SELECT", 3)
    other.ask("GET", "k")
    facts = described(one, number)
    host, port = other.socket.getsockname()
    assert facts["addr"] == f"{host}:{port}"
    assert facts["laddr"] == f"127.0.0.1:{running.port}"
    assert (facts["name"], facts["db"], facts["cmd"]) == ("ann", "3", "get")
    assert (facts["flags"], facts["multi"], facts["resp"]) == ("N", "-1", "2")
    other.ask("MULTI")
    other.ask("GET", "k")
    assert (described(one, number)["flags"], described(one, number)["multi"]) == ("x", "1")
    other.ask("DISCARD")
    other.ask("HELLO", 3)
    other.ask("SUBSCRIBE", "a")
    facts = described(one, number)
    assert (facts["flags"], facts["sub"], facts["psub"], facts["resp"]) == ("P", "1", "0", "3")
    assert other.ask("CLIENT", "INFO").startswith(b"id=%d " % number)


def test_client_list_has_the_fields_of_redis(server, redis_server):
    """Every field of CLIENT LIST is one that Redis has, in Redis' order."""

    def fields(client):
        return [word.partition(b"=")[0] for word in client.ask("CLIENT", "INFO").split()]

    ours, real = fields(server("s10").client()), fields(redis_server().client())
    assert ours == [name for name in real if name in ours]


@pytest.mark.parametrize("how", [[], ["TIMEOUT"], ["ERROR"]])
def test_client_unblock(server, blocked, how):
    """CLIENT UNBLOCK ends the waiting of a client, with its null or with an error."""
    running = server("s10")
    client, waiting = running.client(), running.client()
    number = number_of(waiting)
    assert client.ask("CLIENT", "UNBLOCK", number) == 0
    waiting.send(b"BLPOP k 0\r\nPING\r\n")
    blocked(client, 1)
    assert client.ask("CLIENT", "UNBLOCK", number, *how) == 1
    if how == ["ERROR"]:
        waiting.expect(b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")
    else:
        waiting.expect(b"*-1\r\n")
    waiting.expect(b"+PONG\r\n")
    client.ask("RPUSH", "k", "a")
    assert client.ask("LLEN", "k") == 1


def test_client_kill(server):
    """Clients are killed by number, by address, by kind; the caller last, after its reply."""
    running = server("s10")
    client, *others = (running.client() for _ in range(4))
    one, two, three = others
    assert client.ask("CLIENT", "KILL", "ID", number_of(one)) == 1
    assert one.closed()
    host, port = two.socket.getsockname()
    two.ask("PING")
    assert client.ask("CLIENT", "KILL", f"{host}:{port}") == b"OK"
    assert two.closed()
    three.ask("SUBSCRIBE", "news")
    assert client.ask("CLIENT", "KILL", "TYPE", "normal") == 0
    assert client.ask("CLIENT", "KILL", "TYPE", "pubsub", "LADDR", f"127.0.0.1:{running.port}") == 1
    assert three.closed()
    number = number_of(client)
    assert client.ask("CLIENT", "KILL", "ID", number) == 0
    assert client.ask("CLIENT", "KILL", "ID", number, "SKIPME", "no") == 1
    assert client.closed()


def test_a_killed_client_waits_for_nothing(server, blocked):
    """What a client was waiting for goes to the next one, not to one that was killed."""
    running = server("s10")
    client, first, second = (running.client() for _ in range(3))
    number = number_of(first)
    first.send(b"BLPOP k 0\r\n")
    blocked(client, 1)
    second.send(b"BLPOP k 0\r\n")
    blocked(client, 2)
    assert client.ask("CLIENT", "KILL", "ID", number) == 1
    assert first.closed()
    client.ask("RPUSH", "k", "a")
    assert second.read() == [b"k", b"a"]
