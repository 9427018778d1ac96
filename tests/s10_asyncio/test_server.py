"""The complete server as a process: its start, its limits, its end. All of this is given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

TERM = signal.SIGINT if os.name == "nt" else signal.SIGTERM
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has one signal for a child process")

FULL = b"-ERR max number of clients reached\r\n"


def serve(*arguments, cwd):
    """Runs `serve` where it cannot start: its exit code and stderr."""
    port = () if "--port" in arguments else ("--port", "0")
    done = subprocess.run(
        [sys.executable, "-m", "steps.s10", "serve", *port, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.fixture
def busy(blocked):
    """`busy(server)`: clients in every situation there is: they wait, listen, are in the middle."""

    def connect(one):
        waiting, listening, queueing, halfway, idle = (one.client() for _ in range(5))
        assert listening.ask("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
        assert queueing.ask("WATCH", "k") == queueing.ask("MULTI") == b"OK"
        halfway.send(b"*2\r\n$3\r\nGET\r\n$1")
        waiting.send(b"BLPOP list 0\r\nPING\r\n")
        blocked(idle, 1)
        return [waiting, listening, queueing, halfway, idle]

    return connect


# --- the end -------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_ends_it_whoever_is_there(server, busy, signum):
    """Clients that wait, listen, are in a transaction or halfway: all are cut off; exit code 0."""
    one = server("s10")
    clients = busy(one)
    assert one.stop(signum) == 0
    assert all(client.closed() for client in clients)
    assert "Traceback" not in one.stderr()
    assert one.stdout().splitlines()[-1] == "step 10 stopped"


def test_what_has_arrived_is_answered(server, swallow):
    """Commands that came before the signal are answered in full, 20 MB of them, and then the end."""
    one = server("s10")
    client = one.client()
    value = b"x" * 1_000_000
    assert client.ask("SET", "k", value) == b"OK"
    client.send(b"GET k\r\n" * 20)
    assert client.receive(10) == b"$1000000\r\n"
    one.interrupt(TERM)
    swallow(client, (b"$1000000\r\n%b\r\n" % value * 20)[10:])
    assert client.closed()
    assert one.end() == 0


def test_nobody_new_while_it_ends(server, until):
    """After the signal no client can connect, and one that does not read is cut off at the end."""
    one = server("s10", "--shutdown-timeout", 1)
    stubborn, other = one.client(), one.client()
    assert other.ask("SET", "k", b"x" * 1_000_000) == b"OK"
    stubborn.send(b"GET k\r\n" * 50)
    until(other, "CLIENT", "LIST", good=lambda reply: b"cmd=get " in reply)
    one.interrupt(TERM)
    assert other.closed()
    with pytest.raises(AssertionError, match="no connection"):
        one.client()
    assert one.end() == 0
    assert "clients cut off" in one.stderr()


@posix
def test_a_second_signal_does_not_wait(server, until):
    """A client does not read its replies: the second Ctrl-C ends the server without it."""
    one = server("s10", "--shutdown-timeout", 2**31 - 1)
    stubborn, other = one.client(), one.client()
    assert other.ask("SET", "k", b"x" * 1_000_000) == b"OK"
    stubborn.send(b"GET k\r\n" * 50)
    until(other, "CLIENT", "LIST", good=lambda reply: b"cmd=get " in reply)
    one.interrupt()
    assert other.closed()
    assert one.exit_code() is None
    assert one.stop() == 0
    assert "Traceback" not in one.stderr()


def test_shutdown_nosave(server, busy, tmp_path):
    """SHUTDOWN NOSAVE ends the server, and leaves no snapshot in spite of save rules."""
    one = server("s10", "--save", "900 1")
    clients = busy(one)
    client = one.client()
    assert client.ask("SET", "k", "v") == b"OK"
    client.send(b"SHUTDOWN NOSAVE\r\nPING\r\n")
    assert client.closed()
    assert all(other.closed() for other in clients)
    assert one.end() == 0
    assert not (tmp_path / "dump.rdb").exists()


@pytest.mark.parametrize(("rules", "how"), [("", "SHUTDOWN SAVE"), ("900 1", "SHUTDOWN")])
def test_shutdown_saves(server, rules, how):
    """SHUTDOWN SAVE, and SHUTDOWN with rules: everything is there after the next start."""
    one = server("s10", "--save", rules)
    client = one.client()
    client.send(b"SET k v\r\nSELECT 3\r\nRPUSH list 1 2\r\n" + how.encode() + b"\r\n")
    client.expect(b"+OK\r\n+OK\r\n:2\r\n")
    assert client.closed()
    assert one.end() == 0
    again = server("s10").client()
    assert again.ask("GET", "k") == b"v"
    again.send(b"SELECT 3\r\nLRANGE list 0 -1\r\n")
    again.expect(b"+OK\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n")


def test_a_signal_saves_where_there_are_rules(server):
    """SIGTERM with save rules writes a snapshot; an append-only file is synced."""
    for options in (["--save", "900 1"], ["--appendonly", "yes", "--appendfsync", "no"]):
        one = server("s10", *options)
        client = one.client()
        count = client.ask("INCR", "starts")
        assert one.stop(TERM) == 0
        again = server("s10", *options)
        assert again.client().ask("GET", "starts") == b"%d" % count
        assert again.stop(TERM) == 0


def test_shutdown_that_cannot_save(server, tmp_path):
    """SHUTDOWN SAVE fails: the client gets the error, and the server keeps running."""
    one = server("s10")
    client = one.client()
    assert client.ask("SET", "k", "v") == b"OK"
    (tmp_path / f"dump.rdb.{one.own_pid}.tmp").mkdir()  # where it would be written first
    assert client.ask("SHUTDOWN", "SAVE") == "-ERR Errors trying to SHUTDOWN. Check logs."
    assert client.ask("GET", "k") == b"v"
    assert one.client().ask("PING") == b"PONG"
    client.send(b"SHUTDOWN NOSAVE\r\n")
    assert client.closed()
    assert one.end() == 0


def test_half_a_transaction_is_not_saved(server):
    """What was queued and never run is not there after the next start."""
    one = server("s10", "--appendonly", "yes")
    client = one.client()
    client.send(b"SET a 1\r\nMULTI\r\nSET a 2\r\nSET b 2\r\n")
    client.expect(b"+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n")
    assert one.stop(TERM) == 0
    again = server("s10", "--appendonly", "yes").client()
    assert again.ask("MGET", "a", "b") == [b"1", None]


# --- limits --------------------------------------------------------------------------------------


def test_maxclients(server, until):
    """The third of two reads the error and the end; when one has gone, there is room again."""
    one = server("s10", "--maxclients", 2)
    first, second = one.client(), one.client()
    assert first.ask("SET", "k", "v") == second.ask("SET", "k", "w") == b"OK"
    for _ in range(3):
        third = one.client()
        third.expect(FULL)
        assert third.closed()
    second.close()
    until(first, "CLIENT", "LIST", good=lambda reply: reply.count(b"\n") == 1)
    assert one.client().ask("GET", "k") == b"w"


def test_a_timeout_for_the_idle(server, blocked):
    """--timeout 1: a silent client is disconnected; one that waits or listens is not."""
    one = server("s10", "--timeout", 1)
    waiting, listening, idle = one.client(), one.client(), one.client(timeout=20)
    assert listening.ask("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    waiting.send(b"BLPOP k 0\r\n")
    blocked(idle, 1)
    assert idle.closed()
    other = one.client()
    assert other.ask("PUBLISH", "news", "still there?") == 1
    assert other.ask("RPUSH", "k", "item") == 1
    assert listening.read() == [b"message", b"news", b"still there?"]
    assert waiting.read() == [b"k", b"item"]


def test_a_password(server):
    """--requirepass: nothing works without it, and nothing is revealed; one client at a time."""
    one = server("s10", "--requirepass", "secret")
    client, other = one.client(), one.client()
    assert client.ask("GET", "k") == "-NOAUTH Authentication required."
    assert client.ask("AUTH", "guess").startswith("-WRONGPASS ")
    assert client.ask("AUTH", "default", "secret") == b"OK"
    assert client.ask("SET", "k", "v") == b"OK"
    assert other.ask("GET", "k") == "-NOAUTH Authentication required."
    assert other.ask("HELLO", 3, "AUTH", "default", "secret")[b"proto"] == 3
    assert other.ask("GET", "k") == b"v"
    stranger = one.client()
    stranger.send(b"QUIT\r\n")
    stranger.expect(b"+OK\r\n")
    assert stranger.closed()


def test_databases(server):
    """--databases 2: two of them, each with its own keys."""
    client = server("s10", "--databases", 2).client()
    client.send(b"SET k 0\r\nSELECT 1\r\nGET k\r\nSELECT 2\r\nSELECT 0\r\nGET k\r\n")
    client.expect(b"+OK\r\n+OK\r\n$-1\r\n-ERR DB index is out of range\r\n+OK\r\n$1\r\n0\r\n")


def test_a_killed_client_that_does_not_read(server, until):
    """CLIENT KILL ends a client at once, also one for which megabytes are still to be sent."""
    one = server("s10")
    stubborn, other = one.client(), one.client()
    number = stubborn.ask("CLIENT", "ID")
    assert other.ask("SET", "k", b"x" * 1_000_000) == b"OK"
    stubborn.send(b"GET k\r\n" * 50)
    until(other, "CLIENT", "LIST", good=lambda reply: b"cmd=get " in reply)
    assert other.ask("CLIENT", "KILL", "ID", number) == 1
    until(other, "CLIENT", "LIST", good=lambda reply: reply.count(b"\n") == 1)


# --- the start -----------------------------------------------------------------------------------


def refused(said):
    """Whether it is one sentence that says what is wrong."""
    return said.startswith("error: ") and said.count("\n") == 1 and "Traceback" not in said


def test_a_port_in_use(server, tmp_path):
    """The port is taken: one sentence with what to do, exit code 1, and the other goes on."""
    one = server("s10")
    code, said = serve("--port", one.port, cwd=tmp_path)
    assert code == 1
    assert refused(said)
    assert f"port {one.port} is in use" in said
    assert one.client().ask("PING") == b"PONG"


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", b"REDIS0011", b"REDIS9999\xff", b"REDIS0011\xfe\x00\x00\x01k\x01v"],
)
def test_a_damaged_snapshot(tmp_path, data):
    """A snapshot that cannot be read: one sentence, exit code 1, and it stays as it is."""
    (tmp_path / "dump.rdb").write_bytes(data)
    code, said = serve(cwd=tmp_path)
    assert code == 1
    assert refused(said)
    assert "dump.rdb cannot be loaded" in said
    assert (tmp_path / "dump.rdb").read_bytes() == data


def test_a_damaged_append_only_file(server, tmp_path):
    """An append-only file with garbage in the middle: one sentence, exit code 1, nothing is cut."""
    one = server("s10", "--appendonly", "yes")
    assert one.client().ask("SET", "k", "v") == b"OK"
    assert one.stop(TERM) == 0
    (path,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    path.write_bytes(damaged := b"garbage\r\n" + path.read_bytes())
    code, said = serve("--appendonly", "yes", cwd=tmp_path)
    assert code == 1
    assert refused(said)
    assert path.name in said
    assert path.read_bytes() == damaged


def test_a_folder_that_is_a_file(tmp_path):
    """A file stands where the folder of the journal should be: one sentence, exit code 1."""
    (tmp_path / "appendonlydir").write_bytes(b"")
    code, said = serve("--appendonly", "yes", cwd=tmp_path)
    assert code == 1
    assert refused(said)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--maxclients", "0", "'0' can't be used; give a number from 1 to 4294967295"),
        ("--maxclients", "many", "can't be used; give a number from 1"),
        ("--databases", "0", "can't be used; give a number from 1 to 2147483647"),
        ("--databases", "1_6", "can't be used; give a number from 1"),
        ("--timeout", "-1", "can't be used; give a number from 0 to 2147483647"),
        ("--timeout", "9" * 12, "can't be used; give a number from 0"),
        ("--save", "900", "can't be used; give pairs of seconds and changes"),
        ("--appendfsync", "sometimes", "give one of everysec, always, no"),
        ("--dir", "nowhere", "can't be used; give a folder that exists"),
        ("--port", "65536", "is not a port"),
    ],
)
def test_bad_options_are_refused(tmp_path, option, value, words):
    """A wrong value: exit code 2, and what is wrong with it."""
    code, said = serve(option, value, cwd=tmp_path)
    assert code == 2
    assert words in said
    assert "Traceback" not in said


def test_the_first_lines(server):
    """The ready line comes first, then whose code it is; the log goes to stderr."""
    one = server("s10", "--loglevel", "debug")
    assert one.client().ask("NOPE").startswith("-ERR unknown command")
    one.stop(TERM)
    first, second, last = one.stdout().splitlines()
    assert first == f"step 10 listening on 127.0.0.1:{one.port}"
    assert "exercises" in second
    assert last == "step 10 stopped"
    assert "event=started" in one.stderr()
