"""What a command costs, as the data grow: the same, where it looks at a few items only.

Each case is run over few keys or items and over many, in one server and in turns, and the times are
compared with each other only: what looks at all the data takes many times longer over the many. The
least of several measurements counts, for others use the machine, too.
"""

from __future__ import annotations

from time import perf_counter

import pytest

from workbook import wire

FEW, TIMES = 2_000, 20
"""How many keys or items the small databases have, and how many times that the large ones."""

MOST = 5
"""How many times longer a command may take over the many. Looking at all of them takes about TIMES."""

ROUNDS, CALLS = 7, 20
"""The least time of ROUNDS counts, in each of which a case is run CALLS times."""

CASES = {
    "keys": """
DBSIZE | RANDOMKEY | SCAN 0 | SCAN 1500 | EXISTS key:1 none | GET key:1 | SET key:1 v | TYPE key:1
SET new v ; DEL new | SET new v ; UNLINK new | SET new v EX 100 ; PERSIST new ; DEL new
EXPIRE key:1 100 ; TTL key:1 ; PERSIST key:1 | RENAME key:1 new ; RENAME new key:1
COPY key:1 new ; DEL new | MOVE key:1 9 ; SELECT 9 ; MOVE key:1 {db} ; SELECT {db} | TOUCH key:1
SWAPDB {db} 9 ; SWAPDB {db} 9 | MGET key:1 none | OBJECT ENCODING key:1 | MEMORY USAGE key:1
INCR new ; DEL new | INFO keyspace | SETNX key:1 v | GETSET key:1 v | WATCH key:1 ; UNWATCH
MULTI ; SET key:1 v ; DBSIZE ; EXEC | PEXPIRE key:1 100000 ; SET key:1 v
""",
    "string": """
STRLEN k | APPEND k x | SETRANGE k 100 abc | GETRANGE k 10 20 | GETRANGE k -5 -1 | EXISTS k
SETRANGE k 0 x ; STRLEN k ; APPEND k y | RENAME k l ; RENAME l k | TYPE k | EXPIRE k 100 ; PERSIST k
SETBIT k 100 1 ; SETBIT k 100 0 | GETBIT k 1000 | BITCOUNT k 10 20 | BITCOUNT k -99 -1 BIT | BITPOS k 0
BITFIELD k SET u8 100 7 GET u8 100 INCRBY i63 #5 3 | BITFIELD_RO k GET u8 800 | BITPOS k 1 10 20
""",
    "list": """
LLEN k | LPUSH k x ; LPOP k | RPUSH k x ; RPOP k | LINDEX k 0 | LINDEX k -1 | LRANGE k 0 9
LRANGE k -9 -1 | LSET k 0 x | LSET k -1 x | LMOVE k k LEFT RIGHT | RPOPLPUSH k k | LPUSHX k x ; LPOP k
RPUSH k x ; LTRIM k 0 -2 | LPUSH k x ; LTRIM k 1 -1 | RENAME k l ; RENAME l k | OBJECT ENCODING k
LPUSH k x y z ; LMPOP 1 k LEFT COUNT 3 | RPUSH k x ; BRPOP k 0 | MEMORY USAGE k | TYPE k
LPUSH k p ; LINSERT k BEFORE p x ; LREM k 1 p ; LREM k 1 x | LPUSH k p ; LPOS k p ; LPOP k
MOVE k 9 ; SELECT 9 ; MOVE k {db} ; SELECT {db}
""",
    "set": """
SCARD k | SADD k x ; SREM k x | SADD k item:1 | SISMEMBER k item:1 | SMISMEMBER k item:1 x
SRANDMEMBER k | SRANDMEMBER k 5 | SRANDMEMBER k -5 | SADD k x y ; SMOVE k l x ; SMOVE l k x ; SREM k x y
SSCAN k 0 | SSCAN k 1500 COUNT 5 | SPOP k ; SADD k x | SPOP k 2 ; SADD k x y | SINTERCARD 2 k k LIMIT 5
RENAME k l ; RENAME l k | OBJECT ENCODING k | MEMORY USAGE k | SINTER k none | SADD l item:1 ; SINTER k l
EXPIRE k 100 ; PERSIST k
""",
    "hash": """
HLEN k | HSET k x v ; HDEL k x | HSET k item:1 w | HGET k item:1 | HMGET k item:1 none | HEXISTS k item:1
HINCRBY k x 1 ; HDEL k x | HRANDFIELD k | HRANDFIELD k 5 | HRANDFIELD k -5 WITHVALUES | HSTRLEN k item:1
HSCAN k 0 | HSCAN k 1500 COUNT 5 | HSETNX k item:1 v | RENAME k l ; RENAME l k | OBJECT ENCODING k
""",
    "sorted set": """
ZCARD k | ZSCORE k item:1 | ZMSCORE k item:1 none | ZADD k 7 x ; ZREM k x | ZADD k 1 item:1
ZINCRBY k 1 item:2 | ZRANK k item:7 | ZREVRANK k item:7 | ZCOUNT k 10 20 | ZRANGE k 0 9
ZRANGE k 10 20 BYSCORE | ZRANGEBYSCORE k (10 +inf LIMIT 3 5 | ZREVRANGE k 0 9
ZLEXCOUNT k [item:1 [item:1
ZRANDMEMBER k | ZRANDMEMBER k 5 | ZRANDMEMBER k -5 WITHSCORES | ZSCAN k 0 | ZSCAN k 1500 COUNT 5
ZADD k -1 x ; ZPOPMIN k | ZADD k 1e9 x ; ZPOPMAX k | ZADD k -1 x ; ZREMRANGEBYRANK k 0 0
ZADD k -1 x ; ZREMRANGEBYSCORE k -inf (0 | ZINTERCARD 2 k k LIMIT 5 | RENAME k l ; RENAME l k
ZRANGESTORE l k 0 5 | OBJECT ENCODING k | ZRANGE k +inf -inf BYSCORE REV LIMIT 0 5
""",
    "positions": """
GEOPOS k item:1 none | GEODIST k item:1 item:2 | GEOHASH k item:1 | GEOADD k 3 3 x ; ZREM k x
GEOSEARCH k FROMLONLAT 0 0 BYRADIUS 100 m | GEOSEARCH k FROMMEMBER item:7 BYBOX 10 10 m
GEOSEARCH k FROMMEMBER item:7 BYRADIUS 5000 km COUNT 5 ANY | GEORADIUS k 0 0 100 m STORE l
""",
    "stream": """
XLEN k | XRANGE k 300 + COUNT 5 | XREVRANGE k 300 - COUNT 5 | XREVRANGE k + - COUNT 1 | XINFO GROUPS k
XADD k * f v ; XTRIM k MINID 2-1 | XADD k MAXLEN ~ 900000 * f v | XDEL k 400-1 | XDEL k 0-1
XREAD COUNT 5 STREAMS k 300 | XREAD STREAMS k $ | OBJECT ENCODING k | MEMORY USAGE k | TYPE k
XGROUP CREATE k h $ ; XGROUP DESTROY k h | XPENDING k g 100 + 5 | XCLAIM k g b 0 200-1 JUSTID
XAUTOCLAIM k g b 0 200 COUNT 1 | XACK k g 0-5 | RENAME k l ; RENAME l k | XINFO CONSUMERS k g
XREADGROUP GROUP g a COUNT 2 STREAMS k 200 | XPENDING k g 200 + 2 a
""",
}


def requests(kind, count):
    """What fills a database with `count` keys, or with one key of that many items."""
    items = [f"item:{number}" for number in range(count)]
    match kind:
        case "keys":
            return [["MSET", *[word for number in range(count) for word in (f"key:{number}", "v")]]]
        case "string":
            return [["SETRANGE", "k", 100 * count, "x"]]
        case "list":
            return [["RPUSH", "k", *items]]
        case "set":
            return [["SADD", "k", *items]]
        case "hash":
            return [["HSET", "k", *[word for item in items for word in (item, "v")]]]
        case "positions":
            places = [(number % 360 - 180, number / count * 160 - 80) for number in range(count)]
            positions = zip(places, items, strict=True)
            return [
                ["GEOADD", "k", *[word for place, item in positions for word in (*place, item)]]
            ]
        case "sorted set":
            pairs = enumerate(items)
            return [["ZADD", "k", *[word for score, item in pairs for word in (score, item)]]]
        case "stream":
            ids = [f"{number}-1" for number in range(1, count // 4 + 1)]
            added = [["XADD", "k", id, "f", "v"] for id in ids]
            claimed = ["XCLAIM", "k", "g", "a", "0", *ids, "FORCE", "JUSTID"]
            return [*added, ["XGROUP", "CREATE", "k", "g", "0"], claimed]


def spent(client, packet, replies):
    """The seconds until a packet is answered, with that many replies; none of them is an error."""
    begin = perf_counter()
    client.send(packet)
    answers = [client.read() for _ in range(replies)]
    end = perf_counter()
    assert not [answer for answer in answers if isinstance(answer, str)], answers
    return end - begin


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", CASES)
def test_commands_that_look_at_a_few_items(server, kind):
    """None of them takes longer where there is more that it need not look at."""
    client = server("s10").client()
    for database, count in enumerate((FEW, FEW * TIMES)):
        client.ask("SELECT", database)
        filling = requests(kind, count)
        spent(client, b"".join(map(wire.encode, filling)), len(filling))
    slow = []
    for line in CASES[kind].replace("\n", "|").split("|"):
        times = ratio(client, line.strip()) if line.strip() else 0
        if times > MOST:
            slow.append(f"{line.strip()}: {times:.1f} times longer over {TIMES} times as much")
    assert not slow, "\n" + "\n".join(slow)


def ratio(client, line):
    """How many times longer a case takes in the second database than in the first."""
    packets = []
    for database in (0, 1):
        commands = [words.split() for words in line.format(db=database).split(";")]
        once = b"".join(map(wire.encode, commands))
        packets.append((once, CALLS * once, CALLS * len(commands)))
    least = [float("inf")] * 2
    for turn in range(ROUNDS):
        for database, (once, packet, replies) in enumerate(packets):
            client.ask("SELECT", database)
            if turn == 0:  # what is chosen from is put in a row the first time
                spent(client, once, replies // CALLS)
            least[database] = min(least[database], spent(client, packet, replies))
    return least[1] / least[0]
