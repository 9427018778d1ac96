"""The commands on ranges of a sorted set: by rank, by score, by member.

All of them first find two positions in the order, then read, count, store or remove what is in
between. https://redis.io/docs/latest/commands/zrange/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from steps.s02_resp.values import Bulks, CommandError, Reply
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.fields import Bulk, Choice, Flag, Integer, Key, PairOption, Words
from steps.s06_types.commands.sorted_sets import SortedSetCommand
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.ranges import (
    Member,
    MemberBound,
    Score,
    ScoreBound,
    between_members,
    between_scores,
    member_bound,
    score_bound,
    slice_bounds,
)
from steps.s06_types.session import TypesSession
from steps.s06_types.shapes import pairs
from steps.s06_types.zset import Entry, SortedSet

LIMIT_BY_RANK = (
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
)
SCORES_BY_LEX = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"

Span = tuple[int, int]


def limited(span: Span, limit: tuple[int, int] | None, *, reverse: bool) -> Span:
    """The part of a span that `LIMIT offset count` leaves; counted from its end if reversed."""
    first, last = span
    if limit is None:
        return span
    offset, count = limit
    if offset < 0 or offset >= last - first:
        return 0, 0
    if reverse:
        last -= offset
        return (first if count < 0 else max(first, last - count)), last
    first += offset
    return first, (last if count < 0 else min(last, first + count))


def entries(zset: SortedSet, span: Span, *, reverse: bool) -> Sequence[Entry]:
    """The entries of a span, in the order asked for."""
    first, last = span
    found = zset.order[first:last] if first < last else []
    return found[::-1] if reverse else found


def ranks(zset: SortedSet, start: int, stop: int, *, reverse: bool) -> Span:
    """The span of two ranks, which count from the highest score if reversed."""
    first, last = slice_bounds(start, stop, len(zset))
    return (len(zset) - last, len(zset) - first) if reverse else (first, last)


# --- how a command says which range it means -----------------------------------------------------

Find = Callable[[SortedSet], Span]
"""Finds a range in a sorted set. Its ends are already parsed, as a bad one is an error even
without a key.
"""

BYSCORE = "BYSCORE"
BYLEX = "BYLEX"
rank = Integer()


def by_rank(start: int, stop: int, *, reverse: bool = False) -> Find:
    """From rank to rank, both included."""
    return lambda zset: ranks(zset, start, stop, reverse=reverse)


def by_score(low: ScoreBound, high: ScoreBound) -> Find:
    """From score to score."""
    return lambda zset: between_scores(zset, low, high)


def by_member(low: MemberBound, high: MemberBound) -> Find:
    """From member to member."""
    return lambda zset: between_members(zset, low, high)


def by(kind: str | None, start: bytes, stop: bytes, *, reverse: bool) -> Find:
    """The range that ZRANGE means with these words. Raises CommandError."""
    if kind is None:
        return by_rank(rank.convert(start), rank.convert(stop), reverse=reverse)
    low, high = (stop, start) if reverse else (start, stop)
    if kind == BYSCORE:
        return by_score(score_bound(low), score_bound(high))
    return by_member(member_bound(low), member_bound(high))


def check_limit(kind: str | None, limit: tuple[int, int] | None) -> None:
    """Refuses LIMIT for ranks, which are a limit themselves; a count of -1 means no limit."""
    if kind is None and limit is not None and limit[1] != -1:
        raise CommandError(LIMIT_BY_RANK)


def limit_option() -> PairOption[int, int]:
    """`LIMIT offset count`; a negative count means all."""
    return PairOption("LIMIT", Integer(), Integer())


# --- reading -------------------------------------------------------------------------------------


class RangeCommand(SortedSetCommand, abstract=True, flags=READ):
    """A command that returns the members in a range."""

    key = Key()

    def answer(
        self,
        session: TypesSession,
        find: Find,
        *,
        reverse: bool = False,
        limit: tuple[int, int] | None = None,
        scores: bool = False,
    ) -> Reply:
        """The members that `find` finds, with their scores if they are wanted."""
        zset = session.store.lookup(self.key, SortedSet)
        if zset is None:
            return []
        found = entries(zset, limited(find(zset), limit, reverse=reverse), reverse=reverse)
        if scores:
            return pairs(session, [(member, score) for score, member in found])
        return Bulks([member for _, member in found])


class ZRange(RangeCommand):
    """The members from start to stop: by rank, by score or by member."""

    start = Bulk()
    stop = Bulk()
    kind = Choice(BYSCORE, BYLEX, once=True)
    reverse = Flag("REV", once=True)
    limit = limit_option()
    scores = Flag("WITHSCORES")

    def execute(self, session: TypesSession) -> Reply:
        check_limit(self.kind, self.limit)
        if self.scores and self.kind == BYLEX:
            raise CommandError(SCORES_BY_LEX)
        find = by(self.kind, self.start, self.stop, reverse=self.reverse)
        limit = self.limit if self.kind else None
        return self.answer(session, find, reverse=self.reverse, limit=limit, scores=self.scores)


class ZRevRange(RangeCommand):
    """The members from rank to rank, counted from the highest score."""

    late = ("start", "stop")
    start = Integer()
    stop = Integer()
    scores = Flag("WITHSCORES")

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        limit = words.peek().upper() == b"LIMIT" and len(words) == 3
        return CommandError(LIMIT_BY_RANK) if limit else super().unexpected(words)

    def execute(self, session: TypesSession) -> Reply:
        find = by_rank(self.start, self.stop, reverse=True)
        return self.answer(session, find, reverse=True, scores=self.scores)


class ZRangeByScore(RangeCommand):
    """The members with a score from min to max, lowest first."""

    late = ("min", "max")
    min = Score()
    max = Score()
    scores = Flag("WITHSCORES")
    limit = limit_option()

    def execute(self, session: TypesSession) -> Reply:
        find = by_score(self.min, self.max)
        return self.answer(session, find, limit=self.limit, scores=self.scores)


class ZRevRangeByScore(RangeCommand):
    """The members with a score from max down to min, highest first."""

    late = ("max", "min")
    max = Score()
    min = Score()
    scores = Flag("WITHSCORES")
    limit = limit_option()

    def execute(self, session: TypesSession) -> Reply:
        find = by_score(self.min, self.max)
        return self.answer(session, find, reverse=True, limit=self.limit, scores=self.scores)


class LexCommand(RangeCommand, abstract=True):
    """ZRANGEBYLEX and ZREVRANGEBYLEX."""

    late = ("min", "max")

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        scores = words.peek().upper() == b"WITHSCORES" and len(words) == 1
        return CommandError(SCORES_BY_LEX) if scores else super().unexpected(words)


class ZRangeByLex(LexCommand):
    """The members from min to max in the order of their bytes, where all scores are the same."""

    min = Member()
    max = Member()
    limit = limit_option()

    def execute(self, session: TypesSession) -> Reply:
        return self.answer(session, by_member(self.min, self.max), limit=self.limit)


class ZRevRangeByLex(LexCommand):
    """The members from max down to min, where all scores are the same."""

    max = Member()
    min = Member()
    limit = limit_option()

    def execute(self, session: TypesSession) -> Reply:
        find = by_member(self.min, self.max)
        return self.answer(session, find, reverse=True, limit=self.limit)


class ZRangeStore(SortedSetCommand, flags=WRITE | DENYOOM):
    """Keeps at destination what ZRANGE of source would return; returns how many members."""

    asks = True
    destination = Key()
    source = Key()
    start = Bulk()
    stop = Bulk()
    kind = Choice(BYSCORE, BYLEX, once=True)
    reverse = Flag("REV", once=True)
    limit = limit_option()

    def execute(self, session: TypesSession) -> Reply:
        check_limit(self.kind, self.limit)
        find = by(self.kind, self.start, self.stop, reverse=self.reverse)
        zset = session.store.lookup(self.source, SortedSet) or SortedSet()
        limit = self.limit if self.kind else None
        found = entries(zset, limited(find(zset), limit, reverse=self.reverse), reverse=False)
        kept = SortedSet((member, score) for score, member in found)
        session.store.settle(self.destination, kept)
        return len(kept)


# --- counting and removing -----------------------------------------------------------------------


def count(keyspace: Keyspace, key: bytes, find: Find) -> int:
    """How many members are in a range."""
    zset = keyspace.lookup(key, SortedSet)
    if zset is None:
        return 0
    first, last = find(zset)
    return max(last - first, 0)


def remove(keyspace: Keyspace, key: bytes, find: Find) -> int:
    """Removes the members in a range; returns how many there were."""
    zset = keyspace.lookup(key, SortedSet)
    if zset is None:
        return 0
    removed = len(zset.remove_span(*find(zset)))
    if removed:
        keyspace.settle(key, zset)
        keyspace.count(removed - 1)
    return removed


class ZCount(SortedSetCommand, flags=READ | FAST):
    """How many members have a score from min to max."""

    key = Key()
    min = Score()
    max = Score()

    def execute(self, session: TypesSession) -> Reply:
        return count(session.store, self.key, by_score(self.min, self.max))


class ZLexCount(SortedSetCommand, flags=READ | FAST):
    """How many members are from min to max, where all scores are the same."""

    key = Key()
    min = Member()
    max = Member()

    def execute(self, session: TypesSession) -> Reply:
        return count(session.store, self.key, by_member(self.min, self.max))


class ZRemRangeByRank(SortedSetCommand, flags=WRITE):
    """Removes the members from rank to rank; returns how many there were."""

    key = Key()
    start = Integer()
    stop = Integer()

    def execute(self, session: TypesSession) -> Reply:
        return remove(session.store, self.key, by_rank(self.start, self.stop))


class ZRemRangeByScore(SortedSetCommand, flags=WRITE):
    """Removes the members with a score from min to max; returns how many there were."""

    key = Key()
    min = Score()
    max = Score()

    def execute(self, session: TypesSession) -> Reply:
        return remove(session.store, self.key, by_score(self.min, self.max))


class ZRemRangeByLex(SortedSetCommand, flags=WRITE):
    """Removes the members from min to max, where all scores are the same; how many there were."""

    key = Key()
    min = Member()
    max = Member()

    def execute(self, session: TypesSession) -> Reply:
        return remove(session.store, self.key, by_member(self.min, self.max))
