"""The same random commands to step 6 and to redis-server: the same replies, byte for byte.

Commands are made from a grammar: a few keys, so that they meet; a few members; numbers that are
awkward; now and then a word too many, too few, or wrong. Where the order of a reply is nobody's
business it is put in order first; where chance decides, or a set has to stay as it is (SORT BY
nosort), only the shape is compared.

A failure shows the seed, and the last commands that touched the keys of the one that differs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from workbook import wire

ROUNDS = 60
BATCH = 100

Words = list[bytes]


# ---------------------------------------------------------------- words

KEYS = ["l1", "l2", "s1", "s2", "h1", "h2", "z1", "z2", "x1", "x2", "none"]
MEMBERS = ["a", "b", "c", "d", "e", "10", "7", "3.5", "-2", "", "aa", "\r\n"]
KEY_WORDS = [key.encode() for key in [*KEYS, "lex", "lex2"]]
FIELDS = ["f", "g", "h", "n", "a"]
INTEGERS = ["0", "1", "2", "3", "-1", "-2", "-3", "5", "100", "-100"]
SCORES = ["1", "2", "3", "2.5", "-1", "0.1", "-0", "1e3", "inf", "-inf", "0x10", "3.0e0", "17"]
ODD = [
    *["foo", "", " 1", "1_0", "+1", "01", "1e1", "nan", "9223372036854775807", "NX", "("],
    *["9223372036854775808", "COUNT", "LIMIT", "WITHSCORES", "none", "-"],
]
GRAMMAR: dict[str, list[str]] = {
    "KEY": KEYS,
    "L": ["l1", "l2", "x1", "none"],
    "S": ["s1", "s2", "x2", "none"],
    "H": ["h1", "h2", "none"],
    "Z": ["z1", "z2", "x1", "none"],
    "SZ": ["s1", "s2", "z1", "z2", "none"],
    "m": MEMBERS,
    "f": FIELDS,
    "i": INTEGERS,
    "count": ["0", "1", "2", "3", "10"],
    "score": SCORES,
    "by": ["1", "-1", "0.5", "2.25", "10", "-3.75", "1e2", "0.1"],
    "w": ["1", "2", "-1", "0", "0.5", "inf"],
    "min": ["-inf", "1", "(1", "2", "(2", "0", "(2.5", "3", "-1"],
    "max": ["+inf", "inf", "3", "(3", "2", "(2", "1e3", "(inf", "-1"],
    "lmin": ["-", "[a", "(a", "[b", "[", "(aa", "+"],
    "lmax": ["+", "[d", "(d", "[c", "[aa", "(b", "-"],
    "end": ["LEFT", "RIGHT", "left"],
    "side": ["MIN", "MAX", "max"],
    "agg": ["", "AGGREGATE SUM", "aggregate min", "AGGREGATE MAX"],
    "limit": ["", "", "LIMIT 0 2", "LIMIT 1 -1", "limit 1 1", "LIMIT -1 2", "LIMIT 9 9"],
    "ws": ["", "WITHSCORES", "withscores"],
}

LISTS = """
LPUSH L m | LPUSH L m m m | RPUSH L m m | RPUSH L m m m m m | LPUSHX L m | RPUSHX L m m
LPOP L | RPOP L | LPOP L count | RPOP L count | LLEN L | LRANGE L i i | LRANGE L 0 -1 | LINDEX L i
LSET L i m | LINSERT L BEFORE m m | LINSERT L AFTER m m | LREM L i m | LTRIM L i i
LMOVE L L end end | RPOPLPUSH L L | LPOS L m | LPOS L m RANK i | LPOS L m COUNT count
LPOS L m RANK i COUNT count MAXLEN count | LMPOP 1 L end | LMPOP 2 L L end COUNT count
"""
SETS = """
SADD S m | SADD S m m m m | SREM S m | SREM S m m | SMEMBERS S | SISMEMBER S m | SMISMEMBER S m m
SCARD S | SPOP S | SPOP S count | SRANDMEMBER S | SRANDMEMBER S i | SMOVE S S m
SUNION S S | SINTER S S | SDIFF S S S | SUNION S | SUNIONSTORE S S S | SINTERSTORE S S S
SDIFFSTORE S S S | SINTERCARD 2 S S | SINTERCARD 2 S S LIMIT count
"""
HASHES = """
HSET H f m | HSET H f m f m | HMSET H f m f m | HGET H f | HMGET H f f f | HGETALL H | HDEL H f
HDEL H f f | HEXISTS H f | HKEYS H | HVALS H | HLEN H | HSTRLEN H f | HSETNX H f m
HINCRBY H n i | HINCRBY H f i | HINCRBYFLOAT H n by | HINCRBYFLOAT H f by | HSET H n i
HRANDFIELD H | HRANDFIELD H i | HRANDFIELD H i WITHVALUES
"""
SORTED_SETS = """
ZADD Z score m | ZADD Z score m score m score m | ZADD Z NX score m | ZADD Z XX score m score m
ZADD Z GT score m | ZADD Z LT CH score m score m | ZADD Z CH score m score m | ZADD Z INCR by m
ZADD Z NX INCR by m | ZADD Z XX GT INCR by m | ZADD Z XX CH LT score m | ZREM Z m | ZREM Z m m
ZSCORE Z m | ZMSCORE Z m m m | ZINCRBY Z by m | ZINCRBY Z score m | ZCARD Z | ZCOUNT Z min max
ZRANK Z m | ZREVRANK Z m | ZRANGE Z i i ws | ZRANGE Z 0 -1 ws | ZRANGE Z i i REV ws
ZRANGE Z min max BYSCORE limit ws | ZRANGE Z max min BYSCORE REV limit ws
ZRANGE Z min max BYSCORE limit | ZREVRANGE Z i i ws | ZRANGEBYSCORE Z min max limit ws
ZREVRANGEBYSCORE Z max min ws limit | ZREMRANGEBYRANK Z i i | ZREMRANGEBYSCORE Z min max
ZRANGESTORE Z Z i i | ZRANGESTORE Z Z min max BYSCORE limit | ZRANGESTORE Z Z i i REV
ZPOPMIN Z | ZPOPMAX Z | ZPOPMIN Z count | ZPOPMAX Z count | ZMPOP 1 Z side
ZMPOP 2 Z Z side COUNT count | ZRANDMEMBER Z | ZRANDMEMBER Z i | ZRANDMEMBER Z i WITHSCORES
ZUNION 2 SZ SZ agg ws | ZINTER 2 SZ SZ WEIGHTS w w agg ws | ZUNION 3 SZ SZ SZ WEIGHTS w w w ws
ZDIFF 2 SZ SZ ws | ZINTER 2 SZ SZ | ZDIFF 1 SZ ws | ZUNIONSTORE Z 2 SZ SZ agg
ZINTERSTORE Z 2 SZ SZ WEIGHTS w w agg | ZDIFFSTORE Z 2 SZ SZ | ZINTERCARD 2 SZ SZ LIMIT count
ZADD lex 0 m 0 m | ZRANGEBYLEX lex lmin lmax limit | ZREVRANGEBYLEX lex lmax lmin limit
ZLEXCOUNT lex lmin lmax | ZRANGE lex lmin lmax BYLEX limit | ZREMRANGEBYLEX lex lmin lmax
ZRANGE lex lmax lmin BYLEX REV limit | ZRANGESTORE lex2 lex lmin lmax BYLEX limit
"""
KEYSPACE = """
SET x1 m | SET KEY m | GET KEY | SET KEY m NX | SET KEY m XX GET | SET KEY m GET | APPEND x1 m
STRLEN KEY | MGET KEY KEY KEY | GETSET KEY m | SETNX KEY m | INCR KEY | DEL KEY | DEL KEY
TYPE KEY | EXISTS KEY KEY | RENAME KEY KEY | COPY KEY KEY | COPY KEY KEY REPLACE | UNLINK KEY
GETRANGE KEY i i | INCRBYFLOAT KEY by | GETDEL KEY
"""
SORTS = """
SORT KEY ALPHA | SORT KEY ALPHA DESC limit | SORT KEY | SORT KEY DESC | SORT L BY nosort limit
SORT KEY ALPHA GET # | SORT KEY ALPHA GET # GET w_* | SORT KEY BY w_* DESC GET #
SORT KEY BY w_* GET # | SORT KEY BY h*->n GET # GET h*->f | SORT Z BY nosort DESC limit
SORT KEY ALPHA STORE x1 | SORT S BY nosort STORE x2 | SORT_RO KEY ALPHA limit | SET w_a i | SET w_b i
SORT KEY limit ALPHA GET w_* GET none STORE l1
"""
GROUPS = {"list": LISTS, "set": SETS, "hash": HASHES, "zset": SORTED_SETS, "sort": SORTS}

UNORDERED = {b"SMEMBERS", b"SUNION", b"SINTER", b"SDIFF", b"HKEYS", b"HVALS", b"HGETALL"}
BY_CHANCE = {b"SPOP", b"SRANDMEMBER", b"HRANDFIELD", b"ZRANDMEMBER"}


def templates(*texts: str) -> list[list[str]]:
    """The commands of some groups, each as the list of its words."""
    lines = "|".join(texts).replace("\n", "|").split("|")
    return [line.split() for line in lines if line.strip()]


def fill(chance: random.Random, template: list[str]) -> Words:
    """A command: each word that the grammar knows is chosen from it, all others stay."""
    words = [template[0]]
    for word in template[1:]:
        if word not in GRAMMAR:
            words.append(word)
        elif word in ("agg", "limit", "ws"):
            words += chance.choice(GRAMMAR[word]).split()
        else:
            words.append(chance.choice(GRAMMAR[word]))
    return [word.encode("latin-1") for word in words]


class Spoiled(list[bytes]):
    """A command in which something is wrong, probably."""


def spoil(chance: random.Random, words: Words) -> Words:
    """The command with one word wrong, one too many, or one too few; sometimes of another type."""
    words = Spoiled(words)
    at = chance.randrange(1, len(words))
    kind = chance.randrange(5)
    if kind == 0:
        words[at] = chance.choice(ODD).encode()
    elif kind == 1:
        words.insert(at, chance.choice(ODD).encode())
    elif kind == 2:
        del words[at]
    else:
        words[1] = chance.choice(KEYS).encode()
    return words


# ---------------------------------------------------------------- comparing


def comparable(words: Words, raw: bytes) -> Any:
    """The reply as it has to be the same on both sides."""
    name = words[0].upper()
    # redis-server keeps a negative zero in a large sorted set, and makes it zero in a small one
    raw = raw.replace(b"$2\r\n-0\r\n", b"$1\r\n0\r\n").replace(b",-0\r\n", b",0\r\n")
    if raw[:1] in b"-+:":
        return raw
    value, end = wire.decode(raw)
    assert end == len(raw)
    if name in BY_CHANCE or b"nosort" in words:
        return raw[:1], len(value) if isinstance(value, list | set) else type(value)
    if name not in UNORDERED:
        return raw
    if name == b"HGETALL" and isinstance(value, list):
        value = dict(zip(value[::2], value[1::2], strict=True))
    items = value.items() if isinstance(value, dict) else value
    return raw[:1], sorted(items)


def agreed(words: Words, ours: bytes, theirs: bytes) -> bool:
    """Whether two replies come to the same.

    A command with two things wrong gets one error; which of the two comes first is not compared
    where redis-server names its grammar or the type of a key.
    """
    told_first = theirs.startswith((b"-ERR syntax error\r", b"-WRONGTYPE"))
    if isinstance(words, Spoiled) and ours[:1] == b"-" and told_first:
        return True
    return comparable(words, ours) == comparable(words, theirs)


class Twins:
    """Step 6 in this process, and a redis-server; both get the same."""

    def __init__(self, code: Any, client: wire.Client, protocol: int) -> None:
        self.session = code.s06.CommandSession(code.s06.State())
        self.session.protocol = protocol
        self.client = client
        if protocol == 3:
            client.ask("HELLO", "3")
        self.story: list[Words] = []

    def agree(self, batch: list[Words]) -> None:
        """Sends a batch to both; fails with the story of the first reply that differs."""
        self.client.send(b"".join(wire.encode(words) for words in batch))
        for words in batch:
            theirs = self.client.read_raw()
            ours = self.session.receive(wire.encode(words))
            self.story.append(words)
            if not agreed(words, ours, theirs):
                pytest.fail(self.tell(words, ours, theirs), pytrace=False)

    def tell(self, words: Words, ours: bytes, theirs: bytes) -> str:
        """The last commands on the keys of this one, and both replies."""
        keys = {word for word in words[1:] if word in KEY_WORDS}
        before = [line for line in self.story if keys & set(line)][-25:]
        lines = [" ".join(wire.show(word) or '""' for word in line) for line in before]
        return "\n".join([*lines, f"ours    {wire.show(ours)}", f"redis   {wire.show(theirs)}"])


def commands(chance: random.Random, group: list[list[str]], odds: float) -> Iterator[Words]:
    """Random commands of a group; a part of them spoiled."""
    for _ in range(BATCH):
        words = fill(chance, chance.choice(group))
        if chance.random() < odds and not {b"lex", b"BY"} & set(words):
            words = spoil(chance, words)
        yield words
        if words[0] == b"SPOP" and len(words) > 1:  # each server took what it liked
            yield [b"DEL", words[1]]


def contents() -> list[Words]:
    """Requests that show all that is there."""
    shown = [[b"TYPE", key] for key in KEY_WORDS]
    for read in ("LRANGE {} 0 -1", "SMEMBERS {}", "HGETALL {}", "ZRANGE {} 0 -1 WITHSCORES"):
        shown += [read.format(key).encode().split() for key in [*KEYS, "lex", "lex2"]]
    return shown


@pytest.mark.timeout(120)
@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("group", GROUPS)
def test_the_same_replies(code, redis_server, seed, group, protocol):
    """Random commands have the same replies as in redis-server, and leave the same behind."""
    chance = random.Random(f"{seed} {group} {protocol}")
    twins = Twins(code, redis_server().client(), protocol)
    chosen = templates(GROUPS[group]) * 4 + templates(*GROUPS.values(), KEYSPACE)
    for _ in range(ROUNDS):
        twins.agree(list(commands(chance, chosen, odds=0.1)))
        twins.agree(contents())
