"""OBJECT ENCODING of all types around their thresholds, after every way in which a value gets to a key.

Redis remembers more than a value: one that was large once stays unpacked, and a string that was
written to in part stays raw, until it is restored or loaded again. Then both say the same again.
"""

from __future__ import annotations

import pytest

from workbook import wire

CASES = """
SET k 1 | SET k -0 | SET k 01 | SET k 9223372036854775807 | SET k 9223372036854775808 | SET k 1.5
SET k LEN44 | SET k LEN45 | APPEND k 1 | APPEND k a | SET k 1 ; INCR k | INCR k | INCRBYFLOAT k 1.5
GETSET k 5 | MSET k 5 | SETEX k 100 5 | SETNX k abc | SET k 5 ; SETRANGE k 0 "" | SET k ""
SET j LEN100 ; BITOP NOT k j | SET k abc ; GETEX k PERSIST | LPUSH k 1 | RPUSH k LEN45 LEN100
LPUSH k a ; LPOP k | RPUSH a 1 2 ; SORT a STORE k | RPUSH k 1 2 3 | SADD k 1 2 3 | SADD k 1 a
SADD k a ; SREM k a | SADD k 01 | SADD k -0 | SADD k 9223372036854775808 | SADD k UPTO512
SADD k UPTO513 | SADD a 1 2 x ; SADD b 1 2 ; SINTERSTORE k a b | SADD a 1 x ; SUNIONSTORE k a
SADD a 1 x ; SADD b x ; SDIFFSTORE k a b | SADD a x 1 ; SMOVE a k 1 | SADD a 1 x ; SMOVE a k x
HSET k f v | HSET k f LEN64 | HSET k f LEN65 | HSET k LEN65 f | HINCRBY k f 1 | HSETNX k f v
HSET k f LEN65 ; HDEL k f ; HSET k f v | HSET k UPTO1024 | HSET k UPTO1026
ZADD k 1 a | ZADD k 1 LEN64 | ZADD k 1 LEN65 | ZADD k UPTO256 | ZADD k UPTO258
ZADD a 1 LEN65 ; ZUNIONSTORE k 1 a | ZADD a 1 LEN65 2 b ; ZRANGESTORE k a 1 1 | GEOADD k 1 2 a
GEOADD a 1 2 LEN65 ; GEORADIUS a 1 2 1 m STORE k | XADD k * f v | XGROUP CREATE k g $ MKSTREAM
GEOADD a 1 2 a ; GEOSEARCHSTORE k a FROMLONLAT 1 2 BYRADIUS 1 m
CONFIG SET hash-max-listpack-entries 1 ; HSET k 1 2 | CONFIG SET set-max-intset-entries 1 ; SADD k 1 2
CONFIG SET hash-max-listpack-entries 1 ; HSET k 1 2 3 4
CONFIG SET hash-max-ziplist-value 1 ; HSET k f vv
CONFIG SET zset-max-listpack-entries 0 ; ZADD k 1 a | CONFIG SET zset-max-listpack-value 0 ; ZADD k 1 a
CONFIG SET zset-max-listpack-entries 0 ; ZADD a 1 a ; ZUNIONSTORE k 1 a
CONFIG SET zset-max-listpack-entries 0 ; GEOADD k 1 1 a | CONFIG SET set-max-intset-entries 0 ; SADD k 1
CONFIG SET hash-max-listpack-entries 0 ; HSET k f v
"""

WITH_A_PAST = """
SET k 1 ; APPEND k 2 | APPEND k a ; APPEND k b | INCRBYFLOAT k 1 | SET k ab ; SETRANGE k 0 x
SETRANGE k 0 1 | SETBIT k 1 1 | SET k 1 ; SETBIT k 7 1 | PFADD k a | PFADD k a ; PFCOUNT k
PFMERGE k | PFADD a x ; PFMERGE k a | SET j a ; BITOP NOT k j | BITFIELD k SET u8 0 5
SADD k 1 a ; SREM k a | SADD k UPTO513 ; SREM k 1 ; SREM k 2 | HSET k g v f LEN65 ; HDEL k f
ZADD k 1 LEN65 2 b ; ZREM k LEN65 | ZADD k UPTO258 ; ZREM k 1
"""

DEFAULTS = """
CONFIG SET hash-max-listpack-entries 512 ; CONFIG SET hash-max-listpack-value 64
CONFIG SET zset-max-listpack-entries 128 ; CONFIG SET zset-max-listpack-value 64
CONFIG SET set-max-intset-entries 512 ; FLUSHALL
"""

MOVES = [
    *["", "RENAME k a ; RENAME a k", "COPY k b ; DEL k ; COPY b k"],
    *[
        "MOVE k 3 ; SELECT 3 ; MOVE k 0 ; SELECT 0",
        "SWAPDB 0 3 ; SELECT 3 ; COPY k k DB 0 ; SELECT 0",
    ],
]


def requests(text):
    """The requests of a text, each as its words."""
    return [
        [part for word in line.split() for part in meant(word)]
        for line in text.replace("\n", ";").split(";")
        if line.strip()
    ]


def meant(word):
    """What a word stands for: `LEN3` for xxx, `UPTO3` for 0 1 2, and two quotes for nothing."""
    if word.startswith("LEN"):
        return ["x" * int(word[3:])]
    if word.startswith("UPTO"):
        return list(range(int(word[4:])))
    return ["" if word == '""' else word]


@pytest.fixture
def both(code, redis_server):
    """Two functions that send requests and return the last reply: step 10, and a redis-server."""
    state = code.s10.State(later=lambda seconds, call: None)
    session = code.s10.ClientSession(state, code.s10.session.Client("", ""), lambda data: None)
    client = redis_server().client()

    def ours(*lines):
        replies = [session.receive(wire.encode(words)) for words in lines]
        return wire.decode(replies[-1])[0]

    def theirs(*lines):
        client.send(b"".join(map(wire.encode, lines)))
        return [client.read() for _ in lines][-1]

    return ours, theirs


def encodings(both, *texts):
    """What both say after the same requests."""
    lines = [line for text in (DEFAULTS, *texts, "OBJECT ENCODING k") for line in requests(text)]
    return [ask(*lines) for ask in both]


@pytest.mark.parametrize("move", MOVES, ids=["there", "renamed", "copied", "moved", "swapped"])
def test_the_same_encoding(both, move):
    """Each case, and what RENAME, COPY, MOVE and SWAPDB leave of it."""
    seen = set()
    for case in CASES.replace("\n", "|").split("|"):
        ours, theirs = encodings(both, case, move)
        assert ours == theirs, case
        seen.add(ours)
    strings, packed = {b"int", b"embstr", b"raw"}, {b"quicklist", b"listpack", b"intset"}
    assert seen - {None} == strings | packed | {b"hashtable", b"skiplist", b"stream"}


def test_the_same_encoding_once_the_past_is_forgotten(both):
    """What was large once, or written to in part: with its payload restored, both agree."""
    for case in (CASES + WITH_A_PAST).replace("\n", "|").split("|"):
        encodings(both, case)
        payload = both[1](["DUMP", "k"])
        if payload is not None:
            assert [ask(["RESTORE", "k", 0, payload, "REPLACE"]) for ask in both] == [b"OK"] * 2
            ours, theirs = [ask(["OBJECT", "ENCODING", "k"]) for ask in both]
            assert ours == theirs, case
