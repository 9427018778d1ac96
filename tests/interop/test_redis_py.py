"""redis-py, the client that most Python programs use, against the complete server.

Everything goes over RESP2 and over RESP3, which redis-py asks for with HELLO.
"""

from __future__ import annotations

import threading
import time

import pytest

from workbook.patience import attempts

redis = pytest.importorskip("redis", reason="the package redis brings the client redis-py")

WAIT = 5.0


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def connect(server, request):
    """`connect()`: a client of one server, in RESP2 or RESP3; all are closed at the end."""
    port = server("s10").port
    clients = []

    def connected(**more):
        options = {"protocol": request.param, "socket_timeout": WAIT, "decode_responses": True}
        clients.append(redis.Redis(port=port, **(options | more)))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


def test_about_clients_and_the_server(client):
    """What redis-py's parsers make of CLIENT INFO, CLIENT LIST and INFO."""
    me = client.client_info()
    assert (me["id"], me["db"], me["omem"]) == (client.client_id(), 0, 0)
    assert str(me["id"]) in [one["id"] for one in client.client_list()]
    client.set("k", "v")
    client.get("k")
    facts = client.info("everything")
    assert (facts["keyspace_hits"], facts["db0"]["keys"]) == (1, 1)
    assert facts["cmdstat_set"]["calls"] == 1


def test_strings(client):
    """Values, options, numbers, many at once."""
    assert client.ping() is True
    assert client.set("k", "v") is True
    assert client.get("k") == "v"
    assert client.get("nosuch") is None
    assert client.set("k", "w", nx=True) is None
    assert client.set("k", "w", xx=True, get=True) == "v"
    assert client.set("short", "v", ex=100) is True
    assert 98 <= client.ttl("short") <= 100
    assert client.set("short", "w", keepttl=True) is True
    assert client.ttl("short") > 0
    assert client.incr("n", 5) == 5
    assert client.decr("n") == 4
    assert client.incrbyfloat("n", 0.5) == 4.5
    assert client.append("k", "x") == 2
    assert client.getrange("k", 0, -1) == "wx"
    assert client.mset({"a": 1, "b": 2}) is True
    assert client.mget("a", "nosuch", "b") == ["1", None, "2"]
    assert client.getdel("a") == "1"
    assert client.exists("a", "b", "k") == 2
    assert client.rename("b", "c") is True
    assert client.type("c") == "string"
    assert client.copy("c", "d") is True
    assert client.expire("d", 100) is True
    assert client.persist("d") is True
    assert client.delete("c", "d") == 2
    with pytest.raises(redis.ResponseError, match="not an integer"):
        client.incr("k")


def test_any_bytes(connect):
    """Keys and values are bytes, whatever bytes."""
    client = connect(decode_responses=False)
    everything = bytes(range(256)) * 50
    client.set(b"\x00\r\n\xff", everything)
    assert client.get(b"\x00\r\n\xff") == everything
    assert client.strlen(b"\x00\r\n\xff") == len(everything)


def test_lists(client):
    """Both ends, ranges, moves."""
    assert client.rpush("l", "b", "c") == 2
    assert client.lpush("l", "a") == 3
    assert client.lrange("l", 0, -1) == ["a", "b", "c"]
    assert client.lmove("l", "m", "LEFT", "RIGHT") == "a"
    assert client.lpop("l", 5) == ["b", "c"]
    assert client.lpop("l") is None
    assert client.lpos("m", "a") == 0
    assert client.linsert("m", "BEFORE", "a", "z") == 2
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        client.sadd("m", "x")


def test_sets(client):
    """Members, and what sets have in common."""
    client.sadd("s", "a", "b", "c")
    client.sadd("t", "b", "c", "d")
    assert client.smembers("s") == {"a", "b", "c"}
    assert set(client.sinter("s", "t")) == {"b", "c"}
    assert set(client.sunion("s", "t")) == {"a", "b", "c", "d"}
    assert set(client.sdiff("s", "t")) == {"a"}
    assert client.smismember("s", ["a", "z"]) == [1, 0]
    assert client.sintercard(2, ["s", "t"]) == 2
    assert client.spop("s") in {"a", "b", "c"}


def test_hashes(client):
    """Fields, and numbers in them."""
    assert client.hset("h", mapping={"name": "ann", "age": 7}) == 2
    assert client.hgetall("h") == {"name": "ann", "age": "7"}
    assert client.hmget("h", "name", "nosuch") == ["ann", None]
    assert client.hincrby("h", "age", 1) == 8
    assert client.hincrbyfloat("h", "age", 0.5) == 8.5
    assert client.hexists("h", "name") is True
    assert dict(client.hscan_iter("h")) == {"name": "ann", "age": "8.5"}
    assert client.hdel("h", "age") == 1
    assert client.hrandfield("h", 1, withvalues=False) == ["name"]
    assert client.hgetall("nosuch") == {}


def test_sorted_sets(client):
    """Scores come as numbers, in whichever shape the protocol has for them."""
    assert client.zadd("z", {"ann": 3, "bob": 1.5, "eve": 2}) == 3
    by_rank = [tuple(pair) for pair in client.zrange("z", 0, -1, withscores=True)]
    assert by_rank == [("bob", 1.5), ("eve", 2.0), ("ann", 3.0)]
    assert client.zrangebyscore("z", "(1.5", "+inf") == ["eve", "ann"]
    assert client.zscore("z", "bob") == 1.5
    assert client.zscore("z", "nosuch") is None
    assert client.zincrby("z", 10, "bob") == 11.5
    assert client.zrevrank("z", "bob") == 0
    assert client.zadd("z", {"bob": 1}, incr=True) == 12.5
    assert dict(client.zscan_iter("z")) == {"bob": 12.5, "eve": 2.0, "ann": 3.0}
    assert [tuple(pair) for pair in client.zpopmin("z", 2)] == [("eve", 2.0), ("ann", 3.0)]
    assert client.zmscore("z", ["bob", "nosuch"]) == [12.5, None]


def test_streams(client):
    """Entries, reading, trimming; a group whose entries are claimed and acknowledged."""
    assert [client.xadd("s", {"f": n}, id=f"{n}-1") for n in (1, 2, 3)] == ["1-1", "2-1", "3-1"]
    assert client.xadd("s", {"f": 4}, id="4-*", maxlen=9, approximate=True) == "4-0"
    assert client.xrange("s", "2", count=1) == [("2-1", {"f": "2"})]
    assert client.xrevrange("s", count=1) == [("4-0", {"f": "4"})]
    newest = [("4-0", {"f": "4"})]
    found = client.xread({"s": "3-1"})
    assert found in ([["s", newest]], {"s": [newest]})
    assert not client.xread({"s": "$"}, block=10)
    assert client.xgroup_create("s", "g", id="0") is True
    read = client.xreadgroup("g", "ann", {"s": ">"}, count=2)
    assert read in (
        [["s", [("1-1", {"f": "1"}), ("2-1", {"f": "2"})]]],
        {"s": [[("1-1", {"f": "1"}), ("2-1", {"f": "2"})]]},
    )
    assert client.xclaim("s", "g", "bob", 0, ["1-1"]) == [("1-1", {"f": "1"})]
    assert client.xautoclaim("s", "g", "bob", 0, "2", justid=True) == ["2-1"]
    pending = client.xpending("s", "g")
    assert (pending["pending"], pending["consumers"]) == (2, [{"name": "bob", "pending": 2}])
    times = [one["times_delivered"] for one in client.xpending_range("s", "g", "-", "+", 10)]
    assert (times, client.xack("s", "g", "1-1", "2-1", "9")) == ([2, 1], 2)
    assert [one["name"] for one in client.xinfo_consumers("s", "g")] == ["ann", "bob"]
    assert client.xinfo_groups("s")[0]["last-delivered-id"] == "2-1"
    assert (client.xdel("s", "1-1"), client.xtrim("s", maxlen=1, approximate=False)) == (1, 2)
    facts = client.xinfo_stream("s")
    assert (facts["length"], facts["first-entry"]) == (1, ("4-0", {"f": "4"}))


def test_pipeline(client):
    """Many commands in one go, an error in the middle included."""
    pipeline = client.pipeline(transaction=False)
    for number in range(1000):
        pipeline.set(f"k{number}", number)
    pipeline.lpush("k0", "x")
    pipeline.get("k999")
    replies = pipeline.execute(raise_on_error=False)
    assert replies[:1000] == [True] * 1000
    assert isinstance(replies[1000], redis.ResponseError)
    assert replies[1001] == "999"
    assert client.dbsize() == 1000


def test_transaction(client):
    """MULTI and EXEC by way of a pipeline."""
    with client.pipeline() as pipeline:
        replies = pipeline.set("k", 1).incr("k").hset("h", "f", "v").hgetall("h").execute()
    assert replies == [True, 2, 1, {"f": "v"}]
    with pytest.raises(redis.ResponseError, match="not an integer"), client.pipeline() as pipeline:
        pipeline.set("text", "abc").incr("text").set("after", 1).execute()
    assert client.get("after") == "1"


def test_watch(connect):
    """A watched key that somebody else changes: WatchError, and the second try succeeds."""
    client, other = connect(), connect()
    client.set("n", 1)
    with client.pipeline() as pipeline:
        pipeline.watch("n")
        value = int(pipeline.get("n"))
        other.set("n", 10)
        pipeline.multi()
        pipeline.set("n", value + 1)
        with pytest.raises(redis.WatchError):
            pipeline.execute()
    assert client.get("n") == "10"

    def add_one(pipeline):
        value = int(pipeline.get("n"))
        pipeline.multi()
        pipeline.set("n", value + 1)

    assert client.transaction(add_one, "n") == [True]
    assert client.get("n") == "11"


def next_message(listener):
    """The next message, confirmations included."""
    message = listener.get_message(timeout=WAIT)
    assert message, "no message came"
    return message["type"], message["channel"], message["data"]


def test_publish_and_subscribe(connect):
    """Channels and patterns; a message to nobody; get_message that times out."""
    client = connect()
    with connect().pubsub() as listener:
        listener.subscribe("news")
        listener.psubscribe("s*")
        assert next_message(listener) == ("subscribe", "news", 1)
        assert next_message(listener) == ("psubscribe", "s*", 2)
        assert client.publish("news", "hello") == 1
        assert client.publish("sports", "goal") == 1
        assert client.publish("nobody", "x") == 0
        assert next_message(listener) == ("message", "news", "hello")
        assert next_message(listener) == ("pmessage", "sports", "goal")
        assert listener.get_message(timeout=0.01) is None
        assert client.pubsub_channels() == ["news"]
        assert client.pubsub_numsub("news", "nobody") == [("news", 1), ("nobody", 0)]
        assert client.pubsub_numpat() == 1
        listener.unsubscribe("news")
        assert next_message(listener) == ("unsubscribe", "news", 1)
    assert client.publish("news", "gone") == 0


def test_a_listener_in_a_thread(connect):
    """redis-py's own thread hands messages to a function."""
    client, heard, done = connect(), [], threading.Event()

    def hear(message):
        heard.append(message["data"])
        if message["data"] == "last":
            done.set()

    with connect().pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(news=hear)
        thread = listener.run_in_thread(sleep_time=0.01)
        for word in ("first", "second", "last"):
            while not client.publish("news", word):
                pass
        assert done.wait(WAIT)
        thread.stop()
        thread.join(WAIT)
    assert heard == ["first", "second", "last"]


def test_blocking_pop(connect):
    """What is there comes at once; what comes later wakes the client; what does not come times out."""
    client, waiting = connect(), connect(socket_timeout=WAIT)
    client.rpush("q", "first")
    assert list(waiting.blpop("q", timeout=1)) == ["q", "first"]
    assert waiting.blpop("q", timeout=0.01) is None
    got = []
    thread = threading.Thread(target=lambda: got.append(waiting.brpop(["p", "q"], timeout=WAIT)))
    thread.start()
    for _ in attempts(WAIT):
        if client.info("clients")["blocked_clients"]:
            break
    client.rpush("q", "second")
    thread.join(WAIT)
    assert [list(pair) for pair in got] == [["q", "second"]]
    client.zadd("z", {"a": 1.5})
    key, member, score = waiting.bzpopmin("z", timeout=1)
    assert (key, member, float(score)) == ("z", "a", 1.5)
    client.rpush("q", "third")
    assert waiting.blmove("q", "r", timeout=1, src="LEFT", dest="RIGHT") == "third"


def test_scan_iter(client):
    """Walking through all keys, with a pattern and by type."""
    client.mset({f"key:{number}": number for number in range(250)})
    client.rpush("list", "x")
    assert len(set(client.scan_iter())) == 251
    assert sorted(client.scan_iter(match="key:1?")) == [f"key:1{digit}" for digit in range(10)]
    assert list(client.scan_iter(_type="list")) == ["list"]
    client.sadd("s", *range(1000))
    assert {int(member) for member in client.sscan_iter("s", count=50)} == set(range(1000))


def test_info_and_settings(client):
    """INFO and CONFIG, as redis-py reads them."""
    client.set("k", "v", ex=100)
    facts = client.info()
    assert facts["redis_version"] == "7.0.15"
    assert facts["connected_clients"] >= 1
    assert facts["db0"]["keys"] == 1
    assert client.info("replication")["role"] == "master"
    assert client.config_get("maxclients") == {"maxclients": "10000"}
    assert client.config_set("maxclients", 500) is True
    assert client.config_get("maxclients") == {"maxclients": "500"}
    assert set(client.config_get("append*")) >= {"appendonly", "appendfsync"}
    with pytest.raises(redis.ResponseError, match="Unknown option"):
        client.config_set("nosuch", 1)
    assert client.config_resetstat() is True


def test_connections(connect):
    """Names, lists and ends of connections."""
    client = connect(client_name="ann")
    assert client.client_getname() == "ann"
    mine = client.client_id()
    lines = {int(line["id"]): line for line in client.client_list()}
    assert lines[mine]["name"] == "ann"
    assert client.client_info()["id"] == mine
    other = connect(single_connection_client=True)
    number = other.client_id()
    assert client.client_kill_filter(_id=number) == 1
    assert number not in {int(line["id"]) for line in client.client_list()}


def test_databases(connect):
    """SELECT by way of the address, MOVE and SWAPDB."""
    zero, one = connect(), connect(db=1)
    zero.set("k", "zero")
    assert one.get("k") is None
    assert zero.move("k", 1)
    assert one.get("k") == "zero"
    assert zero.swapdb(0, 1)
    assert zero.get("k") == "zero"
    assert zero.flushall()
    assert (zero.dbsize(), one.dbsize()) == (0, 0)


def test_administration(client):
    """What programs ask about the server and its commands."""
    seconds, microseconds = client.time()
    assert abs(seconds + microseconds / 1e6 - time.time()) < 60
    assert client.role()[0] == "master"
    assert client.object("encoding", "nosuch") is None
    client.set("k", 12345)
    assert client.object("encoding", "k") == "int"
    assert client.memory_usage("k") > 0
    assert client.command_count() == len(client.command())
    assert client.command_getkeys("MSET", "a", 1, "b", 2) == ["a", "b"]
    client.config_set("slowlog-log-slower-than", 0)
    client.echo("slow")
    client.config_set("slowlog-log-slower-than", -1)
    assert any(str(entry["command"]).find("ECHO slow") >= 0 for entry in client.slowlog_get())
    assert client.wait(0, 10) == 0


def test_monitor(connect):
    """redis-py can make sense of the lines of MONITOR."""
    client = connect()
    with connect().monitor() as monitor:
        client.set("k", "v w")
        for command in monitor.listen():
            if "SET" in command["command"]:
                break
    assert command["command"] == "SET k v w"
    assert command["db"] == 0


def test_password(server):
    """A password, over both protocols, and what happens without it."""
    port = server("s10", "--requirepass", "secret").port
    # A refused password stays refused: do not retry, as after a lost connection.
    once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
    for protocol in (2, 3):
        with redis.Redis(port=port, password="secret", protocol=protocol) as client:
            assert client.ping()
        with (
            redis.Redis(port=port, protocol=2, retry=once) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()
        with (
            redis.Redis(port=port, password="wrong", protocol=protocol, retry=once) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()


def test_many_clients_at_once(connect):
    """Threads with a pool of connections: no update is lost."""
    client = connect()

    def add():
        for _ in range(100):
            client.incr("n")

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert client.get("n") == "800"
