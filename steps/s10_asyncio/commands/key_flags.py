"""COMMAND GETKEYSANDFLAGS: the keys of a request, and what the command does with each.

The flags are Redis' own: RO, RW, OW and RM say whether the value is read, changed, overwritten or
removed; `access` that the client learns something of it, and `update`, `insert` and `delete` what
becomes of what was there. They follow from no other fact about a command, so here is the table.

https://redis.io/docs/latest/develop/reference/key-specs/#flags
"""

from __future__ import annotations

from typing import Any, Final

from steps.s02_resp.values import Reply, Request, SimpleString
from steps.s05_commands.commands import introspect
from steps.s05_commands.session import CommandSession
from steps.s10_asyncio.command import Command

OF_ALL_KEYS: Final = {
    "RO": "exists hlen hstrlen hexists llen memory|usage object|encoding object|freq object|idletime"
    " object|refcount scard sismember strlen touch type watch xlen zcard",
    "RO access": "bitcount bitfield_ro bitpos dump eval_ro evalsha_ro expiretime fcall_ro geodist"
    " geohash geopos georadius_ro georadiusbymember_ro geosearch get getbit getrange hget hgetall"
    " hkeys hmget hrandfield hscan hvals lcs lindex lpos lrange mget pexpiretime pttl sdiff sinter"
    " sintercard smembers smismember sort_ro srandmember sscan substr sunion ttl xinfo|consumers"
    " xinfo|groups xinfo|stream xpending xrange xread xreadgroup xrevrange zcount zdiff zinter"
    " zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange"
    " zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion",
    "OW insert": "msetnx setnx",
    "OW update": "mset psetex restore setex",
    "RM delete": "del unlink",
    "RW access": "pfcount pfdebug",
    "RW access delete": "blmpop blpop brpop bzmpop bzpopmax bzpopmin getdel lmpop lpop rpop spop"
    " zmpop zpopmax zpopmin",
    "RW access update": "bitfield decr decrby eval evalsha fcall getex getset hincrby hincrbyfloat"
    " incr incrby incrbyfloat move set setbit zincrby",
    "RW delete": "hdel lrem ltrim srem xautoclaim xdel xgroup|delconsumer xgroup|destroy xtrim zrem"
    " zremrangebylex zremrangebyrank zremrangebyscore",
    "RW insert": "append hsetnx linsert lpush lpushx pfadd rpush rpushx sadd xgroup|create"
    " xgroup|createconsumer",
    "RW update": "expire expireat geoadd hmset hset lset persist pexpire pexpireat setrange xack"
    " xadd xclaim xgroup|setid xsetid zadd",
}
"""The flags of commands that treat all of their keys alike."""

OF_FIRST_AND_OTHERS: Final = {
    ("OW update", "RO access"): "bitop geosearchstore sdiffstore sunionstore zdiffstore zinterstore"
    " zrangestore zunionstore",
    ("RO access", "OW update"): "copy georadius georadiusbymember sort",
    ("RW access delete", "OW insert"): "renamenx",
    ("RW access delete", "OW update"): "rename",
    ("RW access delete", "RW insert"): "blmove brpoplpush lmove rpoplpush smove",
    ("RW access insert", "RO access"): "pfmerge",
    ("RW update", "RO access"): "sinterstore",
}
"""The flags of the first key, and those of the others."""

FLAGS: Final = {
    name: flags
    for flags, names in [
        *(((flags, flags), names) for flags, names in OF_ALL_KEYS.items()),
        *OF_FIRST_AND_OTHERS.items(),
    ]
    for name in names.split()
}


def flags_of_keys(command: type[Command], request: Request) -> tuple[str, str]:
    """The flags of the first key of a request, and those of the others."""
    options = {word.upper() for word in request[2:]}
    if command.name == b"SET" and b"GET" not in options:
        return FLAGS["setex"]
    if command.name == b"BITFIELD" and not options & {b"SET", b"INCRBY"}:
        return FLAGS["bitfield_ro"]
    return FLAGS[command.full_name()]


class CommandGetKeysAndFlags(Command, introspect.CommandGetKeys, name="COMMAND GETKEYSANDFLAGS"):
    """The keys that the request names, each with what the command does with it."""

    def execute(self, session: CommandSession) -> Reply:
        keys: Any = super().execute(session)
        command = session.state.registry.find(self.asked)
        first, others = flags_of_keys(command, self.asked)
        return [
            [key, [SimpleString(flag) for flag in (others if place else first).split()]]
            for place, key in enumerate(keys)
        ]
