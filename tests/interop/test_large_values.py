"""Large values: the same replies as from redis-server where this server takes another way for them."""

from __future__ import annotations

import random

import pytest

SCANS = {"SADD": "SSCAN", "HSET": "HSCAN", "ZADD": "ZSCAN"}


@pytest.fixture
def both(server, redis_server):
    """A client of each server."""
    return [one.client(timeout=60) for one in (server("s10"), redis_server())]


def same(both, *request):
    """The reply that both servers give."""
    ours, theirs = [client.ask(*request) for client in both]
    assert ours == theirs, request[:8]
    return ours


def test_sorted_sets_changed_by_many_members_at_once(both, seed):
    """ZADD with its options and ZREM, with many members: new ones, known ones, some named twice."""
    chance = random.Random(seed)
    members = [b"member:%d" % number for number in range(3000)]
    for options in ([], ["NX"], ["XX", "CH"], ["GT", "CH"], ["LT"], ["CH"], []):
        for size in (3, 1000):
            pairs = [(chance.randrange(500), chance.choice(members)) for _ in range(size)]
            same(both, "ZADD", "z", *options, *[word for pair in pairs for word in pair])
            same(both, "ZRANGE", "z", 0, -1, "WITHSCORES")
            same(both, "ZREM", "z", *chance.choices(members, k=size))
            same(both, "ZRANGE", "z", 0, -1, "WITHSCORES")
            same(both, "ZRANK", "z", chance.choice(members))
    same(both, "ZREM", "z", *members)
    same(both, "EXISTS", "z")


@pytest.mark.timeout(180)
def test_a_very_large_sorted_set(both, seed):
    """Members that come and go one by one, from the ends, in spans, and in batches."""
    chance = random.Random(seed)
    size = 101_000
    pairs = [(chance.randrange(1000), number) for number in range(size)]
    same(both, "ZADD", "z", *[word for pair in pairs for word in pair])
    for _ in range(100):
        at, member = chance.randrange(size), chance.randrange(2 * size)
        score = chance.choice((at / 100, -1, 5000))
        request = chance.choice(
            [
                *[["ZADD", "z", score, member], ["ZINCRBY", "z", score, member]],
                *[["ZREM", "z", member], ["ZPOPMIN", "z"], ["ZPOPMAX", "z", 3]],
                *[["ZREMRANGEBYRANK", "z", at, at + 5], ["ZCOUNT", "z", 3, score]],
                *[["ZRANGE", "z", at, at + 9000, "REV"], ["ZRANK", "z", member]],
                *[["ZRANGE", "z", score, 900, "BYSCORE", "LIMIT", 5, 20, "WITHSCORES"]],
            ]
        )
        same(both, *request)
    same(both, "ZREMRANGEBYRANK", "z", 7, -9000)
    same(both, "ZUNIONSTORE", "z", 2, "z", "z")
    same(both, "ZRANGE", "z", 0, -1, "WITHSCORES")
    assert len(set(both[0].ask("ZRANDMEMBER", "z", 50))) == 50
    same(both, "DEL", "z")


def test_algebra_over_large_sorted_sets(both, seed):
    """Unions and intersections with weights, and with sums that are not numbers."""
    chance = random.Random(seed)
    for key in ("a", "b", "c"):
        pairs = [(chance.choice((1.5, 2, "inf", "-inf", 0)), number) for number in range(0, 900, 2)]
        pairs += [(chance.randrange(9), chance.randrange(900)) for _ in range(500)]
        same(both, "ZADD", key, *[word for pair in pairs for word in pair])
    same(both, "SADD", "s", *range(300, 700))
    for _ in range(20):
        keys = chance.choices(["a", "b", "c", "s", "none"], k=chance.randrange(1, 4))
        options = ["AGGREGATE", chance.choice(("SUM", "MIN", "MAX"))]
        if chance.random() < 0.7:
            options += ["WEIGHTS", *chance.choices((1, 2, 0, 0.5, "inf"), k=len(keys))]
        for command in ("ZUNION", "ZINTER"):
            same(both, command, len(keys), *keys, *options, "WITHSCORES")
            same(both, command + "STORE", "out", len(keys), *keys, *options)
            same(both, "ZRANGE", "out", 0, -1, "WITHSCORES")
        for limit in (0, 1, 7, 10_000):
            same(both, "ZINTERCARD", len(keys), *keys, "LIMIT", limit)
            same(both, "SINTERCARD", 2, "s", chance.choice(("s", "none")), "LIMIT", limit)


def test_lists_cut_to_a_small_part(both):
    """LTRIM that keeps little, much, or nothing keeps the key's deadline, too."""
    for first, last in ((10, 20), (0, -2), (-5, -1), (0, 0), (500, 100), (990, 5000)):
        same(both, "DEL", "l")
        same(both, "RPUSH", "l", *range(1000))
        same(both, "EXPIREAT", "l", 4_000_000_000)
        same(both, "LTRIM", "l", first, last)
        same(both, "LRANGE", "l", 0, -1)
        same(both, "EXPIRETIME", "l")


def test_many_strings_at_once(both):
    """MSET over values of all types: those with a deadline lose it, and a watched key is touched."""
    for watched in (b"k1", b"other"):
        for client in both:
            assert client.ask("WATCH", watched) == b"OK"
        same(both, "SET", "k2", "old", "EX", 1000)
        same(both, "RPUSH", "k3", *range(5000))
        for _ in range(2):
            same(both, "MSET", *[word for number in range(300) for word in (f"k{number}", number)])
            same(both, "MGET", "k0", "k1", "k2", "k3", "k299")
            same(both, "TTL", "k2")
            same(both, "DBSIZE")
        same(both, "MULTI")
        same(both, "PING")
        same(both, "EXEC")
        same(both, "FLUSHALL")


@pytest.mark.timeout(180)
def test_what_is_written_over_while_it_is_freed(both, seed):
    """Large values are replaced, moved and removed in all ways, and come again at once."""
    chance = random.Random(seed)
    fill = [
        ["RPUSH", "k", *range(5000)],
        ["SADD", "k", *range(5000)],
        ["HSET", "k", *range(10_000)],
        ["ZADD", "k", *range(10_000)],
    ]
    gone = [
        ["DEL k"],
        ["UNLINK k"],
        ["SET k v"],
        ["MSET k v other w"],
        ["RENAME k other"],
        ["COPY k other", "SET k v", "DEL k"],
        ["FLUSHALL"],
        ["FLUSHALL ASYNC"],
        ["PEXPIRE k -1"],
        ["SET one v", "RENAME one k"],
        ["SUNIONSTORE k none"],
        ["MOVE k 3", "FLUSHALL"],
        ["SWAPDB 0 3", "FLUSHDB", "SWAPDB 0 3"],
    ]
    for _ in range(30):
        request = chance.choice(fill)
        same(both, "DEL", "k")
        same(both, *request)
        if request[0] in SCANS and chance.random() < 0.5:
            for client in both:  # a scan has the members put in a row
                assert client.ask(SCANS[request[0]], "k", 0)[1]
        for line in chance.choice(gone):
            same(both, *line.split())
        for key in ("k", "other"):
            same(both, "TYPE", key)
            for count in ("LLEN", "SCARD", "HLEN", "ZCARD"):
                same(both, count, key)


def test_what_two_strings_have_in_common(both, seed):
    """LCS: which of several longest ones is found, and in which pieces."""
    chance = random.Random(seed)
    for alphabet, size in [(b"ab", 12), (b"abc", 60), (b"acgt", 1500), (bytes(range(256)), 1500)]:
        for _ in range(10 if size < 100 else 1):
            for key in ("a", "b"):
                same(both, "SET", key, bytes(chance.choices(alphabet, k=chance.randrange(1, size))))
            same(both, "LCS", "a", "b")
            same(both, "LCS", "a", "b", "LEN")
            same(both, "LCS", "a", "b", "IDX", "MINMATCHLEN", 2, "WITHMATCHLEN")
