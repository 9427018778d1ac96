"""The commands on sorted sets, member by member. https://redis.io/docs/latest/commands/?group=sorted-set

Ranges are in `sorted_ranges.py`; union, intersection and difference in `sorted_algebra.py`.
"""

from __future__ import annotations

import math
import random

from steps.s02_resp.values import NULL_ARRAY, SYNTAX_ERROR, CommandError, Reply
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.fields import (
    Bulk,
    Counted,
    Flag,
    Float,
    Integer,
    Key,
    Maybe,
    OneOf,
    Option,
    Pairs,
    Rest,
)
from steps.s06_types.command import BY_CHANCE, NO_COUNT, NO_NUMKEYS, NOT_POSITIVE, Command
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.session import TypesSession
from steps.s06_types.shapes import check_pairs, choose, pairs, random_count
from steps.s06_types.zset import SortedSet

NX_AND_XX = "ERR XX and NX options at the same time are not compatible"
GT_LT_NX = "ERR GT, LT, and/or NX options at the same time are not compatible"
INCR_ONE = "ERR INCR option supports a single increment-element pair"
OPTIONS = frozenset((b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"))
NOT_A_NUMBER = "ERR resulting score is not a number (NaN)"


class SortedSetCommand(Command, abstract=True):
    """A command of the group `sorted-set`."""

    group = "sorted-set"


# --- writing -------------------------------------------------------------------------------------


class ZAdd(SortedSetCommand, flags=WRITE | DENYOOM | FAST):
    """Gives members their scores: how many are new; with CH: how many changed; INCR: the score."""

    late = ("scores",)
    key = Key()
    nx = Flag("NX")
    xx = Flag("XX")
    gt = Flag("GT")
    lt = Flag("LT")
    changed = Flag("CH")
    increment = Flag("INCR")
    scores = Pairs(Float(), Bulk())

    def execute(self, session: TypesSession) -> Reply:
        conditional = self.nx or self.xx or self.gt or self.lt or self.increment
        if conditional:
            self.check(len(self.scores))
        zset = session.store.lookup(self.key, SortedSet)
        if zset is None:
            zset = SortedSet()
        added = changed = 0
        new: float | None = None
        given: dict[bytes, float] = {}
        for score, member in self.scores:
            old = given[member] if member in given else zset.scores.get(member)
            new = self.decide(old, score) if conditional else score
            if new is not None and new != old:
                given[member] = new + 0.0  # Redis keeps no negative zero
                added += old is None
                changed += 1
        if changed:
            zset.update(given)
            session.store.settle(self.key, zset)
            if changed > 1:
                session.store.count(changed - 1)
        if self.increment:
            return new
        return changed if self.changed else added

    def check_words(self, words: list[bytes]) -> None:
        if not words or len(words) % 2:
            raise CommandError(SYNTAX_ERROR)
        self.check(len(words) // 2)

    def check(self, pairs: int) -> None:
        """Refuses options that contradict each other, or do not go with this number of pairs."""
        if self.nx and self.xx:
            raise CommandError(NX_AND_XX)
        if self.nx + self.gt + self.lt > 1:
            raise CommandError(GT_LT_NX)
        if self.increment and pairs > 1:
            raise CommandError(INCR_ONE)

    def decide(self, old: float | None, score: float) -> float | None:
        """The new score of a member whose score is `old` (None: it is new); None: leave it."""
        if old is None:
            return None if self.xx else score
        if self.nx:
            return None
        if self.increment:
            score = summed(old, score)
        if (self.gt and score <= old) or (self.lt and score >= old):
            return None
        return score


def summed(old: float, by: float) -> float:
    """The sum. Raises CommandError for `inf` plus `-inf`."""
    if math.isnan(old + by):
        raise CommandError(NOT_A_NUMBER)
    return old + by


class Increment(Float):
    """A field: a number in a place where Redis would also read an option of ZADD."""

    def convert(self, raw: bytes) -> float:
        if raw.upper() in OPTIONS:
            raise CommandError(SYNTAX_ERROR)
        return super().convert(raw)


class ZIncrBy(SortedSetCommand, flags=WRITE | DENYOOM | FAST):
    """Adds increment to the score of member and returns the sum."""

    key = Key()
    increment = Increment()
    member = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet)
        if zset is None:
            zset = SortedSet()
        old = zset.scores.get(self.member)
        score = summed(old or 0.0, self.increment)
        if score != old:
            zset.add(self.member, score + 0.0)
            session.store.settle(self.key, zset)
        return score


class ZRem(SortedSetCommand, flags=WRITE | FAST):
    """Removes members; returns how many there were."""

    key = Key()
    members = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet)
        if zset is None:
            return 0
        removed = zset.remove_all(self.members)
        if removed:
            session.store.settle(self.key, zset)
            session.store.count(removed - 1)
        return removed


# --- taking from the ends ------------------------------------------------------------------------

MIN = "MIN"
MAX = "MAX"


def pop_entries(keyspace: Keyspace, key: bytes, count: int, end: str) -> list[tuple[bytes, float]]:
    """Takes up to `count` members with the lowest or the highest scores, the outermost first."""
    zset = keyspace.lookup(key, SortedSet)
    if zset is None or not count:
        return []
    size = len(zset)
    count = min(count, size)
    taken = zset.remove_span(*((0, count) if end == MIN else (size - count, size)))
    keyspace.settle(key, zset)
    if count > 1:
        keyspace.count(count - 1)
    return [(member, score) for score, member in (taken if end == MIN else reversed(taken))]


class ZPop(SortedSetCommand, abstract=True, flags=WRITE | FAST):
    """ZPOPMIN and ZPOPMAX."""

    end = MIN

    late = ("count",)
    key = Key()
    count = Maybe(Integer(low=0, error=NOT_POSITIVE))

    def execute(self, session: TypesSession) -> Reply:
        if self.count is None:
            # One pair, and flat in both protocols.
            return [x for pair in pop_entries(session.store, self.key, 1, self.end) for x in pair]
        return pairs(session, pop_entries(session.store, self.key, self.count, self.end))


class ZPopMin(ZPop):
    """Takes the member with the lowest score, or count of them: members and scores."""


class ZPopMax(ZPop):
    """Takes the member with the highest score, or count of them: members and scores."""

    end = MAX


class ZMPop(SortedSetCommand, flags=WRITE):
    """Takes members from the first of the keys that has a sorted set: its name and the pairs."""

    names = Counted(Key(), count=Integer(low=1, error=NO_NUMKEYS))
    end = OneOf(MIN, MAX)
    count = Option("COUNT", Integer(low=1, error=NO_COUNT), default=1, once=True)

    def execute(self, session: TypesSession) -> Reply:
        for key in self.names:
            taken = pop_entries(session.store, key, self.count, self.end)
            if taken:
                return [key, taken]
        return NULL_ARRAY


# --- reading -------------------------------------------------------------------------------------


class ZScore(SortedSetCommand, flags=READ | FAST):
    """The score of member, or null."""

    key = Key()
    member = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet)
        return zset.scores.get(self.member) if zset else None


class ZMScore(SortedSetCommand, flags=READ | FAST):
    """The score of each of the members, null for a missing one."""

    key = Key()
    members = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet) or SortedSet()
        return [zset.scores.get(member) for member in self.members]


class ZCard(SortedSetCommand, flags=READ | FAST):
    """The number of members."""

    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return len(session.store.lookup(self.key, SortedSet) or ())


class ZRank(SortedSetCommand, flags=READ | FAST):
    """The position of member by score, lowest first, from 0; null if it is not there."""

    key = Key()
    member = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet)
        return zset.rank(self.member) if zset else None


class ZRevRank(SortedSetCommand, flags=READ | FAST):
    """The position of member by score, highest first, from 0; null if it is not there."""

    key = Key()
    member = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet) or SortedSet()
        rank = zset.rank(self.member)
        return None if rank is None else len(zset) - 1 - rank


class ZRandMember(SortedSetCommand, flags=READ):
    """A random member; or count different ones; or, with a negative count, that many with repeats."""

    tips = BY_CHANCE
    key = Key()
    count = random_count()
    scores = Maybe(OneOf("WITHSCORES"))

    def execute(self, session: TypesSession) -> Reply:
        if self.scores:
            check_pairs(self.count)
        entries = (session.store.lookup(self.key, SortedSet) or SortedSet()).order
        if self.count is None:
            return random.choice(entries)[1] if entries else None
        chosen = [(member, score) for score, member in choose(entries, self.count)]
        return pairs(session, chosen) if self.scores else [member for member, _ in chosen]
