"""While the files are being loaded, the server answers: mostly with the error LOADING, as Redis does."""

from __future__ import annotations

import asyncio
import threading

import pytest

from workbook import wire

REQUESTS = """
PING
ECHO x
FOO
GET
GET k
EXISTS
SET k w
SELECT 3
SELECT 0
DBSIZE
AUTH secret
MULTI
GET k
TYPE k
CLIENT GETNAME
EXEC
MULTI
SELECT 0
CLIENT GETNAME
EXEC
EXEC
DISCARD
WATCH k
UNWATCH
CONFIG GET maxclients
CONFIG SET appendonly yes
CONFIG SET appendonly no maxclients 100
CONFIG SET timeout 100 appendfsync no
CONFIG GET appendfsync
CONFIG SET databases 3
CLIENT SETNAME loader
CLIENT GETNAME
SCRIPT LOAD x
SCRIPT KILL
EVAL x 0
FCALL f 0
FUNCTION LIST
FUNCTION KILL
SUBSCRIBE c
GET k
PING
UNSUBSCRIBE c
PUBLISH c x
PUBSUB NUMSUB c
ROLE
SAVE
BGSAVE
BGREWRITEAOF
SHUTDOWN ABORT
FLUSHALL
KEYS *
SCAN 0
SORT k
OBJECT ENCODING k
MEMORY USAGE k
SLOWLOG LEN
BLPOP k 0
XREAD BLOCK 0 STREAMS s $
RESET
COMMAND GETKEYS GET k
"""


def batch():
    """The requests, as one client sends them at once."""
    return [line.split() for line in REQUESTS.strip().splitlines()]


@pytest.fixture
def theirs(redis_server):
    """What redis-server replies to the requests while it loads, and what INFO says then."""
    slow = ["--rdbcompression", "no", "--loading-process-events-interval-bytes", 1024]
    real = redis_server("--enable-debug-command", "yes", *slow)
    client, other = real.client(), real.client()
    for number in range(200):
        client.ask("SET", number, "x" * 1000)
    client.ask("CONFIG", "SET", "key-load-delay", 300_000)
    other.send(wire.encode(["DEBUG", "RELOAD"]))
    while client.ask("PING") == b"PONG":
        pass
    client.send(b"".join(map(wire.encode, [*batch(), ["INFO", "persistence"]])))
    replies = [client.read_raw() for _ in batch()]
    info = client.read_raw()
    assert client.ask("CONFIG", "SET", "key-load-delay", 0) == b"OK"
    return replies, info


def names(info):
    """The lines of INFO that are about loading, without their values."""
    return [line.split(b":")[0] for line in info.split(b"\r\n") if line.startswith(b"loading")]


def test_the_same_replies_as_redis(code, theirs, tmp_path):
    """A client whose requests come in the middle of the file."""
    s10 = code.s10
    settings = s10.settings.Settings(dir=str(tmp_path))
    before, after = (s10.State(settings, later=lambda seconds, call: None) for _ in range(2))
    before.store.data[b"k"] = b"v"
    before.files.save()
    session = s10.ClientSession(after, s10.session.Client("", ""), lambda data: None)
    replies, infos = [], []

    def meanwhile():
        session.guard()
        replies.extend(session.receive(wire.encode(words)) for words in batch())
        infos.append(session.receive(wire.encode(["INFO", "persistence"])))

    after.files.restore(session.replay, meanwhile)
    for words, ours, real in zip(batch(), replies, theirs[0], strict=True):
        assert (words, ours) == (words, real)
    assert b"\nloading:1\r\n" in infos[0]
    assert names(infos[0]) == names(theirs[1])
    assert b"\nloading_loaded_perc:100.00\r\n" in infos[0]
    assert session.receive(wire.encode(["GET", "k"])) == b"$1\r\nv\r\n"
    assert names(session.receive(wire.encode(["INFO", "persistence"]))) == [b"loading"]


class Slow:
    """A whole server in this process, whose files are not loaded before `go`."""

    def __init__(self, code, folder):
        self.listener = code.s01.listen("127.0.0.1", 0)
        settings = code.s10.settings.Settings(dir=str(folder), save=((1, 1),))
        self.server = code.s10.AsyncServer(self.listener, settings, code.s09.Log())
        self.restore = self.server.state.files.restore
        self.server.state.files.restore = self.slowly
        self.go, self.announced = threading.Event(), threading.Event()
        self.server.announce = self.announced.set
        self.ended = []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        self.ended.append(asyncio.run(self.server.main()))

    def slowly(self, apply, meanwhile):
        def once():
            meanwhile()
            while not self.go.is_set():
                meanwhile()

        self.restore(apply, once)

    def client(self):
        return wire.Client(self.listener.getsockname()[1])

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.go.set()
        if not self.ended:
            self.server.stop()
        self.thread.join()
        self.listener.close()


@pytest.fixture
def slow(code, tmp_path):
    """A server that loads the key `k`, and is asked to do so slowly."""
    state = code.s10.State(code.s10.settings.Settings(dir=str(tmp_path)))
    state.store.data[b"k"] = b"v"
    state.files.save()
    with Slow(code, tmp_path) as server:
        yield server


def test_all_clients_are_served(slow):
    """Clients come, ask and go while the server loads; and are served as usual from then on."""
    clients = [slow.client() for _ in range(5)]
    for client in clients * 2:
        assert client.ask("GET", "k") == "-LOADING Redis is loading the dataset in memory"
        assert client.ask("ECHO", "x") == b"x"
        assert client.ask("DEBUG", "RELOAD").startswith("-LOADING ")
        assert b"\nloading:1\r\n" in client.ask("INFO", "persistence")
    clients.pop().close()
    clients[0].ask("SUBSCRIBE", "news")
    assert clients[1].ask("PUBLISH", "news", "x") == 1
    assert not slow.announced.is_set()
    slow.go.set()
    assert slow.announced.wait(10)
    assert clients[0].read() == [b"message", b"news", b"x"]
    for client in [*clients[1:], slow.client()]:
        assert client.ask("GET", "k") == b"v"
        assert b"\nloading:0\r\n" in client.ask("INFO", "persistence")


@pytest.mark.parametrize("how", ["signal", "SHUTDOWN", "SHUTDOWN SAVE", "SHUTDOWN NOSAVE"])
def test_the_end_while_loading(slow, tmp_path, how):
    """The server ends at once, and the snapshot stays as it was, whatever the save rules say."""
    client, before = slow.client(), (tmp_path / "dump.rdb").read_bytes()
    assert client.ask("PING") == "-LOADING Redis is loading the dataset in memory"
    if how == "signal":
        slow.server.stop()
    else:
        client.send(wire.encode(how.split()))
    assert client.closed()
    slow.thread.join()
    assert slow.ended == [0]
    assert (tmp_path / "dump.rdb").read_bytes() == before
    assert not slow.announced.is_set()
