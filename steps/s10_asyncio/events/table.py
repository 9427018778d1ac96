"""Which events the commands cause.

A rule says what to tell of a command that has run. It sees which keys the command has changed, in
order, and which of them were there before: that is enough to tell all events of nearly every
command, whoever wrote it. Most rules are one of two kinds: `changed`, where a key that loses its
last item is deleted afterwards, and `stored`, where an empty result deletes the key instead.

Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands.command import Command
from steps.s06_types.commands.lists import LEFT
from steps.s07_persistence.databases import Databases
from steps.unwritten import Unwritten


class Event(NamedTuple):
    """Something that has happened to a key."""

    kind: str
    """The letter of its class in `notify-keyspace-events`."""
    name: str
    database: int
    key: bytes


@dataclass(eq=False)
class Change:
    """What a command does to keys: made before it runs, complete when it has run."""

    session: Any
    command: Any
    databases: Databases
    index: int
    there: dict[bytes, int]
    """The keys of the command that were there before, and the size of each value."""
    touched: list[tuple[int, bytes]] = field(default_factory=list)
    """The keys that have changed, with their databases, in order."""
    counted: int = 0
    """How many changes were counted beside them, such as that of the groups of a stream."""
    expired: deque[tuple[int, Event]] = field(default_factory=deque)
    """The keys that it found expired, each with the number of keys that had changed before."""
    newcomer: set[bytes] = field(default_factory=set)
    """The streams to whose group the consumer that the command names did not belong before."""

    @property
    def words(self) -> Request:
        """The words of the request."""
        request: Request = self.command.request
        return request

    def alive(self, key: bytes) -> bool:
        """Whether the key is there now."""
        return key in self.databases[self.index].data

    @property
    def changed(self) -> list[bytes]:
        """The keys of the selected database that have changed, each once."""
        return list(dict.fromkeys(key for index, key in self.touched if index == self.index))

    def event(self, kind: str, name: str, key: bytes) -> Event:
        """An event in the selected database."""
        return Event(kind, name, self.index, key)

    def deleted(self, key: bytes) -> Event:
        """The event for a key that is gone."""
        return self.event("g", "del", key)

    def fresh(self, key: bytes) -> Iterator[Event]:
        """The event for a key that was not there before."""
        if key not in self.there:
            yield self.event("n", "new", key)

    def told(self, kind: str, name: str, key: bytes) -> Iterator[Event]:
        """The event for a key that has changed; it may be new, and it may be gone now."""
        yield from self.fresh(key)
        yield self.event(kind, name, key)
        if not self.alive(key):
            yield self.deleted(key)

    def meets(self, expired: Event) -> bool:
        """A key has expired: it is as if it had not been there. Says whether `events` will have this."""
        key = expired.database, expired.key
        if self.touched and self.touched[-1] == key:
            self.touched.pop()
        if expired.database == self.index:
            self.there.pop(expired.key, None)
        if self.command.name not in RULES:
            return False
        self.expired.append((len(self.touched), expired))
        return True

    def events(self) -> Iterator[Event]:
        """What to tell of the command: its own events, and before them the keys it found expired."""
        rule = RULES.get(self.command.name)
        if rule and (self.touched or self.counted or self.newcomer):
            first = {key: place for place, key in reversed([*enumerate(self.touched)])}
            for event in rule(self):
                place = first.get((event.database, event.key), 0)
                while self.expired and self.expired[0][0] <= place:
                    yield self.expired.popleft()[1]
                yield event
        for _, event in self.expired:
            yield event


Rule: TypeAlias = Callable[[Change], Iterator[Event]]


def changed(kind: str, name: str) -> Rule:
    """Each key has changed, and is deleted if nothing is left of it."""

    def rule(change: Change) -> Iterator[Event]:
        for key in change.changed:
            yield from change.told(kind, name, key)

    return rule


def stored(kind: str, name: str) -> Rule:
    """The result is kept under a key; an empty one deletes what was there."""

    def rule(change: Change) -> Iterator[Event]:
        for key in change.changed:
            yield from change.fresh(key)
            yield change.event(kind, name, key) if change.alive(key) else change.deleted(key)

    return rule


# --- rules of single commands ---------------------------------------------------------------------

WITH_DEADLINE = frozenset({b"EX", b"PX", b"EXAT", b"PXAT"})


def deleted(change: Change) -> Iterator[Event]:
    """DEL, UNLINK, GETDEL."""
    yield from map(change.deleted, change.changed)


def set_string(change: Change) -> Iterator[Event]:
    """SET and SETEX. A key whose deadline has already passed expires at once."""
    words = change.words
    options = {b"EX"} if words[0].upper().endswith(b"EX") else set(map(bytes.upper, words[3:]))
    for key in change.changed:
        yield from change.fresh(key)
        yield change.event("$", "set", key)
        if options & WITH_DEADLINE:
            yield change.event("g", "expire", key)
            if not change.alive(key):
                yield change.event("x", "expired", key)


def set_strings(change: Change) -> Iterator[Event]:
    """MSET and MSETNX, which set a key as often as it is named."""
    keys = change.words[1::2] if change.touched else []
    for place, key in enumerate(keys):
        if key not in keys[:place]:
            yield from change.fresh(key)
        yield change.event("$", "set", key)


def expire(change: Change) -> Iterator[Event]:
    """EXPIRE and the like, GETEX."""
    persists = change.words[0].upper() == b"GETEX" and change.words[2].upper() == b"PERSIST"
    for key in change.changed:
        if change.alive(key):
            yield change.event("g", "persist" if persists else "expire", key)
        else:
            yield change.deleted(key)


def restore(change: Change) -> Iterator[Event]:
    """RESTORE, which first removes the key."""
    for key in change.changed:
        if change.alive(key):
            yield change.event("n", "new", key)
            yield change.event("g", "restore", key)
        else:
            yield change.deleted(key)


def rename(change: Change) -> Iterator[Event]:
    """RENAME and RENAMENX."""
    if change.touched:
        _, source, target = change.words
        yield change.event("n", "new", target)
        yield change.event("g", "rename_from", source)
        yield change.event("g", "rename_to", target)


def copied(change: Change) -> Iterator[Event]:
    """COPY, perhaps into another database."""
    if change.touched:
        index, key = change.touched[-1]
        yield Event("n", "new", index, key)
        yield Event("g", "copy_to", index, key)


def moved(change: Change) -> Iterator[Event]:
    """MOVE to another database."""
    if change.touched:
        index, key = change.touched[-1]
        yield Event("n", "new", index, key)
        yield change.event("g", "move_from", key)
        yield Event("g", "move_to", index, key)


def moved_item(change: Change) -> Iterator[Event]:
    """LMOVE and the like: the item arrives before it leaves."""
    _, source, target, *ends = change.words
    wherefrom, whereto = ends[:2] if len(ends) > 1 else (b"RIGHT", b"LEFT")
    if change.touched:
        yield from change.fresh(target)
        yield change.event("l", "lpush" if whereto.upper() == b"LEFT" else "rpush", target)
        yield change.event("l", "lpop" if wherefrom.upper() == b"LEFT" else "rpop", source)
        if not change.alive(source):
            yield change.deleted(source)


def moved_member(change: Change) -> Iterator[Event]:
    """SMOVE."""
    for key in change.changed:
        yield from change.told("s", "srem" if key == change.words[1] else "sadd", key)


def popped(change: Change) -> Iterator[Event]:
    """LMPOP and BLMPOP, at one end or the other."""
    return changed("l", "lpop" if change.command.end == LEFT else "rpop")(change)


def popped_score(change: Change) -> Iterator[Event]:
    """ZMPOP and BZMPOP."""
    return changed("z", f"zpop{change.command.end.lower()}")(change)


def zadd(change: Change) -> Iterator[Event]:
    """ZADD, which may increment a score."""
    return changed("z", "zincr" if change.command.increment else "zadd")(change)


def xadd(change: Change) -> Iterator[Event]:
    """XADD, which may remove old entries."""
    yield from changed("t", "xadd")(change)
    for key in change.changed:
        if len(change.databases[change.index].data[key]) <= change.there.get(key, 0):
            yield change.event("t", "xtrim", key)


def of_groups(name: str) -> Rule:
    """XGROUP and XSETID, which change a stream but not its entries."""

    def rule(change: Change) -> Iterator[Event]:
        key = change.words[change.command.heads]
        yield from change.fresh(key)
        yield change.event("t", name, key)

    return rule


def new_consumer(change: Change) -> Iterator[Event]:
    """Commands that make a consumer if it does not exist."""
    for key in change.newcomer:
        if has_consumer(change, key):
            yield change.event("t", "xgroup-createconsumer", key)


MAKE_CONSUMERS = frozenset({b"XREADGROUP", b"XCLAIM", b"XAUTOCLAIM"})


def has_consumer(change: Change, key: bytes) -> bool:
    """Whether the consumer that the command names belongs to its group."""
    # XREADGROUP GROUP group consumer …, and of the others: XCLAIM key group consumer …
    group, consumer = change.words[2:4]
    request = [b"XINFO", b"CONSUMERS", key, group]
    describe = change.session.state.registry.known(request)
    try:
        found = describe.parse(request).execute(change.session) if describe else []
    except (CommandError, Unwritten):
        return False
    return any(consumer in (one.values() if isinstance(one, dict) else one) for one in found)


# --- the table ------------------------------------------------------------------------------------


def rules() -> Iterator[tuple[str, Rule]]:
    """The commands, several in a text, and their rules."""
    yield "DEL UNLINK GETDEL", deleted
    yield "SET SETEX PSETEX", set_string
    yield "SETNX GETSET", changed("$", "set")
    yield "MSET MSETNX", set_strings
    yield "EXPIRE PEXPIRE EXPIREAT PEXPIREAT GETEX", expire
    yield "PERSIST", changed("g", "persist")
    yield "RESTORE", restore
    yield "RENAME RENAMENX", rename
    yield "COPY", copied
    yield "MOVE", moved
    yield "INCR DECR INCRBY DECRBY", changed("$", "incrby")
    yield "SETBIT BITFIELD", changed("$", "setbit")
    yield "BITOP", stored("$", "set")
    yield "PFADD PFMERGE", changed("$", "pfadd")
    yield "BLPOP", changed("l", "lpop")
    yield "BRPOP", changed("l", "rpop")
    yield "LPUSHX", changed("l", "lpush")
    yield "RPUSHX", changed("l", "rpush")
    yield "LMPOP BLMPOP", popped
    yield "LMOVE BLMOVE RPOPLPUSH BRPOPLPUSH", moved_item
    yield "SORT", stored("l", "sortstore")
    yield "SMOVE", moved_member
    yield "HSET HMSET HSETNX", changed("h", "hset")
    yield "ZADD", zadd
    yield "GEOADD", changed("z", "zadd")
    yield "ZINCRBY", changed("z", "zincr")
    yield "BZPOPMIN", changed("z", "zpopmin")
    yield "BZPOPMAX", changed("z", "zpopmax")
    yield "ZMPOP BZMPOP", popped_score
    yield "GEORADIUS GEORADIUSBYMEMBER", stored("z", "georadiusstore")
    yield "XADD", xadd
    yield "XREADGROUP XCLAIM XAUTOCLAIM", new_consumer
    for kind, names in OF_THEIR_OWN_NAME.items():
        for name in names.split():
            yield name, changed(kind, name.lower())
    for kind, names in STORING.items():
        for name in names.split():
            yield name, stored(kind, name.lower())
    for name in ["CREATE", "SETID", "DESTROY", "CREATECONSUMER", "DELCONSUMER"]:
        yield f"XGROUP_{name}", of_groups(f"xgroup-{name.lower()}")
    yield "XSETID", of_groups("xsetid")


OF_THEIR_OWN_NAME = {
    "$": "APPEND SETRANGE INCRBYFLOAT",
    "l": "LPUSH RPUSH LPOP RPOP LINSERT LSET LREM LTRIM",
    "s": "SADD SREM SPOP",
    "h": "HDEL HINCRBY HINCRBYFLOAT",
    "z": "ZREM ZPOPMIN ZPOPMAX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX",
    "t": "XTRIM XDEL",
}
"""The commands whose event has their name, by class."""

STORING = {
    "s": "SUNIONSTORE SINTERSTORE SDIFFSTORE",
    "z": "ZRANGESTORE ZUNIONSTORE ZINTERSTORE ZDIFFSTORE GEOSEARCHSTORE",
}
"""The same for those that keep a result."""

RULES = {name.replace("_", " ").encode(): rule for names, rule in rules() for name in names.split()}

# --- keys that are not there ----------------------------------------------------------------------

UNNOTICED = (b"OBJECT", b"MEMORY", b"EVAL", b"FCALL")
"""How the names of commands begin that look keys up in silence, or leave that to others."""


def looked_up(command: Command) -> list[bytes]:
    """The keys whose absence is an event, as the command looks them up to read.

    Redis differs in a few places. It also tells of keys that SORT finds by a pattern, and of an
    expired one in SCAN with TYPE, and twice of those of XREAD. A command that meets a key of the
    wrong type looks up no further ones.
    """
    if not command.reads or command.name.startswith(UNNOTICED):
        return []
    return command.keys()[READ_KEYS.get(command.name, slice(None))]


READ_KEYS: dict[bytes, slice] = {
    **dict.fromkeys(b"COPY SORT GEORADIUS GEORADIUSBYMEMBER".split(), slice(1)),
    **dict.fromkeys(
        b"SUNIONSTORE SINTERSTORE SDIFFSTORE ZRANGESTORE ZUNIONSTORE ZINTERSTORE ZDIFFSTORE"
        b" GEOSEARCHSTORE BITOP".split(),
        slice(1, None),
    ),
}
"""Which of its keys a command looks up to read, if it writes to the others."""
