"""Keyspace notifications: each command tells of the same events as in redis-server, in their order."""

from __future__ import annotations

from itertools import chain

from tests.interop.cases import cases, cases_in, overtaken, shown
from workbook import wire

LETTERS = "AKEmn"
MARK = b"__key: mark"

UNLIKE = {"RANDOMKEY", "BY", "GET #", "GET *", "TYPE string", "XREAD "}
"""What makes a case depend on chance, or look keys up that only Redis looks up."""

BEYOND = [["SET", "b", "1"], ["PFADD", "a", "x"]], [["PFMERGE", "b", "a"]]
"""A key of the wrong type, after which Redis looks up no more."""

SOONER = {"50": "1", "0.06": "0.002"}
"""A shorter time until a key has expired: nobody else removes it here."""

MISSES = """
> GET a | > STRLEN a | > GETRANGE a 0 1 | > SUBSTR a 0 1 | > MGET a b a | > LCS a b
> GETBIT a 1 | > BITCOUNT a | > BITPOS a 1 | > BITFIELD_RO a GET u8 0 | > EXISTS a b | > TYPE a
> TTL a | > PTTL a | > EXPIRETIME a | > PEXPIRETIME a | > TOUCH a b | > DUMP a
> OBJECT ENCODING a | > OBJECT FREQ a | > OBJECT REFCOUNT a | > OBJECT IDLETIME a
> MEMORY USAGE a | > LLEN a | > LRANGE a 0 1 | > LINDEX a 0 | > LPOS a x | > SMEMBERS a
> SCARD a | > SISMEMBER a x | > SMISMEMBER a x | > SRANDMEMBER a | > SRANDMEMBER a 2
> SINTER a b | > SUNION a b | > SDIFF a b | > SINTERCARD 2 a b | > SSCAN a 0 | > HGET a f
> HMGET a f | > HGETALL a | > HLEN a | > HEXISTS a f | > HKEYS a | > HVALS a | > HSTRLEN a f
> HRANDFIELD a | > HRANDFIELD a 2 | > HSCAN a 0 | > ZSCORE a x | > ZMSCORE a x | > ZCARD a
> ZRANK a x | > ZREVRANK a x | > ZCOUNT a 0 1 | > ZLEXCOUNT a - + | > ZRANGE a 0 1
> ZREVRANGE a 0 1 | > ZRANGEBYSCORE a 0 1 | > ZRANGEBYLEX a - + | > ZREVRANGEBYLEX a + -
> ZREVRANGEBYSCORE a 1 0 | > ZRANDMEMBER a | > ZUNION 2 a b | > ZINTER 2 a b | > ZDIFF 2 a b
> ZINTERCARD 2 a b | > ZSCAN a 0 | > SORT_RO a | > GEOPOS a x | > GEODIST a x y | > GEOHASH a x
> GEOSEARCH a FROMMEMBER x BYRADIUS 1 m | > GEORADIUS_RO a 1 1 1 m
> GEORADIUSBYMEMBER_RO a x 1 m | > GEORADIUS a 1 1 1 m | > XLEN a | > XRANGE a - +
> XREVRANGE a + - | > XREAD STREAMS a b 0 0 | > XPENDING a g | > XINFO STREAM a
> XINFO GROUPS a | > XINFO CONSUMERS a g | > XACK a g 1 | > XCLAIM a g x 0 1
> XAUTOCLAIM a g x 0 0 | > XREADGROUP GROUP g x STREAMS a > | > XGROUP CREATECONSUMER a g x
> XDEL a 1 | > XTRIM a MAXLEN 1 | > XSETID a 1 | > PFCOUNT a b | > SCAN 0 | > KEYS * | > DBSIZE
> WATCH a | > LPOP a | > SPOP a | > GETDEL a | > SET a 1 NX | > INCR a | > ZADD a XX 1 x
> BITOP NOT b a | > LMOVE a b LEFT LEFT | > ZPOPMIN a | > ZRANGESTORE b a 0 1
> DEBUG OBJECT a | > PFDEBUG ENCODING a | > LINSERT a BEFORE x y | > LSET a 0 x
SADD a x > SINTER a b | SADD b x > SINTER a b | ZADD a 1 x > ZINTER 2 a b | RPUSH a x > GET a
RPUSH a x > MGET a b | SADD a x > SDIFFSTORE c b a | > EVAL_RO "return" 1 a
"""
"""Commands on keys that are not there."""


class Listener:
    """Gets what is published, as a subscriber of the hub."""

    def __init__(self):
        self.heard = []

    def push(self, message):
        self.heard.append(tuple(message[2:]))


class Ours:
    """Step 10 in this process, with a clock that goes on when the test says so."""

    def __init__(self, code):
        self.now = 1_700_000_000_000
        settings = code.s10.settings
        asked = settings.Settings(notify_keyspace_events=settings.EVENTS.read(LETTERS))
        self.state = code.s10.State(
            asked, clock=lambda: self.now, later=lambda seconds, call: self.timers.append(call)
        )
        self.timers = []
        self.code = code.s10
        self.listener = Listener()
        hub = self.state.hub
        hub.join(hub.patterns, b"__key*", self.listener)

    def session(self):
        made = self.code.session
        return made.ClientSession(self.state, made.Client("", ""), lambda data: None)

    def events(self, setup, asked):
        session = self.session()
        for words in [["FLUSHALL"], *setup]:
            if words[0] == "DEBUG":
                self.now += 60
            else:
                session.receive(wire.encode(words))
        self.listener.heard.clear()
        for words in asked:
            session.receive(wire.encode(words))
        session.leave()
        return self.listener.heard


class Theirs:
    """A redis-server."""

    def __init__(self, redis_server):
        server = redis_server("--notify-keyspace-events", LETTERS, "--enable-debug-command", "yes")
        self.client, self.listener = server.client(), server.client()
        self.listener.ask("PSUBSCRIBE", "__key*")
        assert self.client.ask("DEBUG", "SET-ACTIVE-EXPIRE", 0) == b"OK"

    def events(self, setup, asked):
        mark = ["PUBLISH", MARK, ""]
        lines = [["FLUSHALL"], *setup, mark, *asked, mark]
        self.client.send(b"".join(map(wire.encode, lines)))
        for _ in lines:
            self.client.read()
        self.until_mark()
        return list(self.until_mark())

    def until_mark(self):
        return list(iter(lambda: tuple(self.listener.read()[2:]), (MARK, b"")))


def test_all_commands_tell_of_the_same_events(code, redis_server):
    ours, theirs = Ours(code), Theirs(redis_server)
    differ = []
    again = (overtaken(*case) for case in cases() if case != BEYOND)
    for setup, asked in [*cases(), *chain.from_iterable(again), *cases_in(MISSES)]:
        if any(one in shown(asked) for one in UNLIKE):
            continue
        setup = [[SOONER.get(word, word) for word in words] for words in setup]
        if "PXAT" in asked[0]:  # redis-server removes it only when it is looked up
            asked.append(["EXISTS", "a"])
        one, other = ours.events(setup, asked), theirs.events(setup, asked)
        if one != other:
            differ.append(f"{shown(setup)} > {shown(asked)}\n  ours  {one}\n  redis {other}")
    assert not differ, "\n" + "\n".join(differ)
