"""The commands on sets. https://redis.io/docs/latest/commands/?group=set"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from steps.s02_resp.values import Reply, Request
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.fields import Bulk, Counted, Integer, Key, Maybe, Option, Rest
from steps.s06_types.command import (
    ANY_ORDER,
    BY_CHANCE,
    NEGATIVE_LIMIT,
    NO_NUMKEYS,
    NOT_POSITIVE,
    Command,
)
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.session import TypesSession
from steps.s06_types.shapes import choose, random_count

UNION = "UNION"
INTER = "INTER"
DIFF = "DIFF"

TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args"


def add_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    """SADD: adds `members` to the set at `key`; returns how many of them were not in it before.

    A member that is named twice is new once; `members` may be a generator. A set is a Python `set`.

    Adding only members that are there already is not a change, unlike a push to a list: a client
    that watches the key must not be told of it.

    https://redis.io/docs/latest/commands/sadd/

    >>> keyspace = Keyspace()
    >>> add_members(keyspace, b"tags", [b"new", b"hot", b"new"])
    2
    >>> add_members(keyspace, b"tags", [b"hot"])
    0
    """
    raise NotImplementedError("exercise 6.3")


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    """Union, intersection or difference of one set or more: a new set.

    `operation` is UNION, INTER, or DIFF (what is in the first set and in none of the others). A
    missing key comes as an empty set. `sets` are the stored ones: they stay as they are, and what
    comes back is never one of them, for SUNIONSTORE keeps it under another key.

    https://redis.io/docs/latest/commands/sinter/

    >>> sorted(algebra(INTER, [{b"a", b"b"}, {b"b", b"c"}]))
    [b'b']
    >>> sorted(algebra(DIFF, [{b"a", b"b"}, {b"b", b"c"}]))
    [b'a']
    """
    raise NotImplementedError("exercise 6.4")


class SetCommand(Command, abstract=True):
    """A command of the group `set`."""

    group = "set"


# --- members -------------------------------------------------------------------------------------


class SAdd(SetCommand, flags=WRITE | DENYOOM | FAST):
    """Puts members into the set at key; returns how many are new."""

    key = Key()
    members = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        added = add_members(session.store, self.key, self.members)
        if added > 1:
            session.store.count(added - 1)
        return added


class SRem(SetCommand, flags=WRITE | FAST):
    """Removes members from the set at key; returns how many there were."""

    key = Key()
    members = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        return remove_members(session.store, self.key, self.members)


def remove_members(keyspace: Keyspace, key: bytes, members: Iterable[bytes]) -> int:
    """SREM: takes `members` out of the set at `key`; returns how many were in it."""
    stored = keyspace.lookup(key, set)
    if stored is None:
        return 0
    before = len(stored)
    stored.difference_update(members)
    removed = before - len(stored)
    if removed:
        keyspace.settle(key, stored)
        keyspace.count(removed - 1)
    return removed


class SMove(SetCommand, flags=WRITE | FAST):
    """Moves member from one set to another: 1, or 0 if it is not in the first."""

    source = Key()
    destination = Key()
    member = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        keyspace = session.store
        # Redis looks both up, so an expired destination is removed even if there is no source.
        for key in self.keys():
            keyspace.find(key)
        stored = keyspace.lookup(self.source, set)
        if stored is None:
            return 0
        # Checked before the member is taken out: an error must not lose it.
        keyspace.lookup(self.destination, set)
        if self.member not in stored:
            return 0
        if self.source != self.destination:
            remove_members(keyspace, self.source, [self.member])
            add_members(keyspace, self.destination, [self.member])
        return 1


class SCard(SetCommand, flags=READ | FAST):
    """The number of members of the set at key."""

    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return len(session.store.lookup(self.key, set) or ())


class SMembers(SetCommand, flags=READ):
    """All members of the set at key."""

    tips = ANY_ORDER
    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return set(session.store.lookup(self.key, set) or ())


class SIsMember(SetCommand, flags=READ | FAST):
    """1 if member is in the set at key, else 0."""

    key = Key()
    member = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        return int(self.member in (session.store.lookup(self.key, set) or ()))


class SMIsMember(SetCommand, flags=READ | FAST):
    """For each of the members 1 if it is in the set at key, else 0."""

    key = Key()
    members = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        stored = session.store.lookup(self.key, set) or ()
        return [int(member in stored) for member in self.members]


# --- at random -----------------------------------------------------------------------------------


class SRandMember(SetCommand, flags=READ):
    """A random member; or count different ones; or, with a negative count, that many with repeats."""

    tips = BY_CHANCE
    late = ("count",)
    key = Key()
    count = random_count()

    def execute(self, session: TypesSession) -> Reply:
        stored = session.store.lookup(self.key, set) or set()
        members = session.store.members(self.key, stored)
        if self.count is not None:
            return choose(members, self.count)
        return random.choice(members) if members else None


class SPop(SetCommand, flags=WRITE | FAST):
    """Takes a random member out of the set at key, or up to count of them."""

    tips = BY_CHANCE
    late = ("count",)
    key = Key()
    count = Maybe(Integer(low=0, error=NOT_POSITIVE))

    def execute(self, session: TypesSession) -> Reply:
        keyspace = session.store
        stored = keyspace.lookup(self.key, set)
        if stored is None:
            return None if self.count is None else set()
        if self.count is None:
            taken = random.choice(keyspace.members(self.key, stored))
            remove_members(keyspace, self.key, [taken])
            return taken
        if self.count > len(stored) // 2:
            return self.take_most(keyspace, stored, self.count)
        several = choose(keyspace.members(self.key, stored), self.count)
        remove_members(keyspace, self.key, several)
        return set(several)

    def take_most(self, keyspace: Keyspace, stored: set[bytes], count: int) -> set[bytes]:
        """Takes more members than stay: those that stay are chosen, and become a new set."""
        stay = set(choose(list(stored), max(len(stored) - count, 0)))
        taken = set(stored - stay)
        if stay:
            keyspace.replace(self.key, stay)
        else:
            keyspace.discard(self.key)
        keyspace.count(len(taken) - 1)
        return taken

    def effects(self, reply: Reply) -> list[Request]:
        taken: list[bytes] = [reply] if isinstance(reply, bytes) else list(reply or ())  # type: ignore[arg-type]
        return [[b"SREM", self.key, *taken]] if taken else []


# --- union, intersection, difference -------------------------------------------------------------


def stored_sets(keyspace: Keyspace, keys: Iterable[bytes]) -> list[set[bytes]]:
    """The sets under `keys`. Looks all of them up: a wrong type after an empty set is an error."""
    return [keyspace.lookup(key, set) or set() for key in keys]


class Combine(SetCommand, abstract=True, flags=READ):
    """SUNION, SINTER and SDIFF."""

    operation = UNION

    names = Rest(Key())

    def execute(self, session: TypesSession) -> Reply:
        return algebra(self.operation, stored_sets(session.store, self.names))


class SUnion(Combine):
    """What is in any of the sets."""

    tips = ANY_ORDER


class SInter(Combine):
    """What is in all of the sets."""

    tips = ANY_ORDER
    operation = INTER


class SDiff(Combine):
    """What is in the first set and in none of the others."""

    tips = ANY_ORDER
    operation = DIFF


class CombineStore(SetCommand, abstract=True, flags=WRITE | DENYOOM):
    """SUNIONSTORE, SINTERSTORE and SDIFFSTORE."""

    asks = True
    operation = UNION

    destination = Key()
    names = Rest(Key())

    def execute(self, session: TypesSession) -> Reply:
        result = algebra(self.operation, stored_sets(session.store, self.names))
        session.store.settle(self.destination, result)
        return len(result)


class SUnionStore(CombineStore):
    """Keeps at destination what is in any of the sets; returns how many."""


class SInterStore(CombineStore):
    """Keeps at destination what is in all of the sets; returns how many."""

    operation = INTER


class SDiffStore(CombineStore):
    """Keeps at destination what only the first of the sets has; returns how many."""

    operation = DIFF


def card_limit() -> Option[int]:
    """`LIMIT limit`: where counting an intersection may stop; 0 is never."""
    return Option("LIMIT", Integer(low=0, error=NEGATIVE_LIMIT), default=0)


def count_common(sets: Sequence[Collection[bytes]], limit: int) -> int:
    """How many members are in all of the sets. Counts no further than `limit`, unless that is 0."""
    smallest, *others = sorted(sets, key=len)
    common = (member for member in smallest if all(member in other for other in others))
    return sum(1 for _ in islice(common, limit or None))


class SInterCard(SetCommand, flags=READ):
    """How many members are in all of the sets; at most limit."""

    names = Counted(Key(), count=Integer(low=1, error=NO_NUMKEYS), short=TOO_MANY_KEYS)
    limit = card_limit()

    def execute(self, session: TypesSession) -> Reply:
        sets = stored_sets(session.store, self.names)
        return count_common(sets, self.limit) if self.limit else len(algebra(INTER, sets))
