"""Packages that are built on scripts, with the complete server: locks, rate limits, job queues."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

redis = pytest.importorskip("redis", reason="the package redis brings the client redis-py")

WAIT = 20


@pytest.fixture(scope="module")
def running(shared_server):
    return shared_server("s10", "--save", "")


@pytest.fixture
def client(running):
    client = redis.Redis(port=running.port, socket_timeout=WAIT)
    client.flushall()
    yield client
    client.close()


def test_a_lock_of_redis_py(client):
    """Locks compare and delete, extend, and reacquire by scripts."""
    first, second = client.lock("lock", timeout=10), client.lock("lock", timeout=10)
    assert first.acquire(blocking=False)
    assert not second.acquire(blocking=False)
    assert first.extend(10)
    assert 10_000 < client.pttl("lock") <= 20_000
    assert first.reacquire()
    assert client.pttl("lock") <= 10_000
    first.release()
    assert second.acquire(blocking=False)
    client.delete("lock")
    with pytest.raises(redis.exceptions.LockNotOwnedError):
        second.release()


def test_scripts_of_redis_py(client):
    """A registered script is sent as EVALSHA, and loaded again where it is not known."""
    multiply = client.register_script("return redis.call('GET', KEYS[1]) * ARGV[1]")
    client.set("a", 2)
    assert multiply(keys=["a"], args=[3]) == 6
    client.script_flush()
    assert multiply(keys=["a"], args=[4]) == 8
    client.script_flush()
    pipe = client.pipeline()
    pipe.set("a", 5)
    multiply(keys=["a"], args=[6], client=pipe)
    assert pipe.execute() == [True, 30]
    with pytest.raises(redis.exceptions.ResponseError, match="user_script:1"):
        client.eval("return nothing", 0)
    with pytest.raises(redis.exceptions.NoScriptError):
        client.evalsha("0" * 40, 0)


def test_functions_of_redis_py(client):
    """Libraries are loaded, listed, called and restored."""
    client.function_flush()
    code = (
        "#!lua name=mylib\nredis.register_function('echo', function(keys, args) return args[1] end)"
    )
    assert client.function_load(code) == b"mylib"
    assert client.fcall("echo", 0, "hello") == b"hello"
    payload = client.function_dump()
    client.function_flush("SYNC")
    assert client.function_restore(payload)
    [library] = client.function_list()
    assert b"mylib" in library


def test_redis_cli_runs_a_file(running, client, program, tmp_path):
    """`redis-cli --eval FILE key , arg`."""
    cli = program("redis-cli", "redis-tools")
    script = tmp_path / "script.lua"
    script.write_text("redis.call('SET', KEYS[1], ARGV[1])\nreturn {KEYS[1], ARGV[1], #ARGV}\n")
    call = [cli, "-p", str(running.port), "--eval", str(script), "k", ",", "v", "w"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=WAIT, check=True)
    assert done.stdout.split() == ["k", "v", "2"]
    assert client.get("k") == b"v"


@pytest.mark.parametrize(
    "strategy",
    ["FixedWindowRateLimiter", "MovingWindowRateLimiter", "SlidingWindowCounterRateLimiter"],
)
def test_limits(running, client, strategy):
    """The package limits: three hits in an hour, and no fourth."""
    limits = pytest.importorskip("limits", reason="the package limits counts hits")
    storage = limits.storage.storage_from_string(f"redis://127.0.0.1:{running.port}")
    limiter = getattr(limits.strategies, strategy)(storage)
    rate = limits.RateLimitItemPerHour(3)
    assert [limiter.hit(rate, "somebody") for _ in range(4)] == [True, True, True, False]
    assert limiter.hit(rate, "somebody else")
    assert limiter.get_window_stats(rate, "somebody").remaining == 0
    limiter.clear(rate, "somebody")
    assert limiter.test(rate, "somebody")


def test_dramatiq(running):
    """Dramatiq keeps its queues by one large script."""
    dramatiq = pytest.importorskip("dramatiq", reason="the package dramatiq runs jobs")
    brokers = pytest.importorskip("dramatiq.brokers.redis")
    broker = brokers.RedisBroker(port=running.port)
    results = []
    actor = dramatiq.actor(results.append, broker=broker, actor_name="note", max_retries=0)
    for number in range(5):
        actor.send(number)
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=1)
    worker.start()
    broker.join(actor.queue_name, timeout=WAIT * 1000)
    worker.join()
    worker.stop()
    broker.close()
    assert sorted(results) == list(range(5))


def test_channels(running):
    """The channel layer of Django sends to groups, and forgets what is full, by scripts."""
    core = pytest.importorskip("channels_redis.core", reason="the package channels_redis")

    async def talk():
        layer = core.RedisChannelLayer(hosts=[f"redis://127.0.0.1:{running.port}"], capacity=2)
        mine = [await layer.new_channel() for _ in range(2)]
        for channel in mine:
            await layer.group_add("room", channel)
        await layer.group_send("room", {"type": "note", "text": "hello"})
        came = [await layer.receive(channel) for channel in mine]
        await layer.group_discard("room", mine[0])
        for number in range(5):
            await layer.group_send("room", {"type": "note", "text": str(number)})
        came += [await layer.receive(mine[1]) for _ in range(2)]
        await layer.flush()
        await layer.close_pools()
        return [one["text"] for one in came]

    assert asyncio.run(talk())[:3] == ["hello", "hello", "0"]
