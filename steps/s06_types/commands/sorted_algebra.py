"""Union, intersection and difference of sorted sets.

A plain set may be an input, too; each of its members has the score 1.
https://redis.io/docs/latest/commands/zunionstore/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import add
from typing import NamedTuple

from steps.s02_resp.values import Reply
from steps.s05_commands.command import DENYOOM, READ, WRITE
from steps.s05_commands.fields import Counted, Flag, Float, Integer, Key, OneOf, Option, Weights
from steps.s06_types.commands.sets import card_limit, count_common
from steps.s06_types.commands.sorted_sets import SortedSetCommand
from steps.s06_types.keyspace import Keyspace, WrongType
from steps.s06_types.session import TypesSession
from steps.s06_types.shapes import pairs
from steps.s06_types.zset import SortedSet

Scores = dict[bytes, float]
Aggregate = Callable[[Iterable[float], Iterable[float]], Iterable[float]]
"""Combines the scores that members have in one input with those that they have in another."""

BAD_WEIGHT = "ERR weight value is not a float"


def number(value: float) -> float:
    """The value, or 0 if it is not a number, as when `inf` and `-inf` are weighted or added up."""
    return 0.0 if math.isnan(value) else value


def sums(some: Iterable[float], others: Iterable[float]) -> list[float]:
    """Each score and the one beside it added up."""
    added = list(map(add, some, others))
    return list(map(number, added)) if any(map(math.isnan, added)) else added


AGGREGATES: dict[str, Aggregate] = {
    "SUM": sums,
    "MIN": partial(map, min),
    "MAX": partial(map, max),
}


class Source(NamedTuple):
    """One input: the scores of its members, and the weight by which they are multiplied."""

    scores: Scores
    weight: float

    def of(self, members: Iterable[bytes]) -> Iterable[float]:
        """The weighted scores of members; not a number where 0 is multiplied by infinity."""
        found = map(self.scores.__getitem__, members)
        return found if self.weight == 1 else [score * self.weight for score in found]

    def all(self) -> Scores:
        """What this input has to say about all its members. Not to be changed."""
        if self.weight == 1:
            return self.scores
        return {member: number(score * self.weight) for member, score in self.scores.items()}


def scores_of(keyspace: Keyspace, key: bytes) -> Scores:
    """The members at `key`, which may be a set or a sorted set, with their scores."""
    value = keyspace.find(key)
    if value is None:
        return {}
    if isinstance(value, SortedSet):
        return value.scores
    if isinstance(value, set):
        return dict.fromkeys(value, 1.0)
    raise WrongType


def union(inputs: Sequence[Source], aggregate: Aggregate) -> Scores:
    """What is in any of the inputs."""
    result: Scores = {}
    for source in inputs:
        scores = source.all()
        both = result.keys() & scores.keys()
        old, new = map(result.__getitem__, both), map(scores.__getitem__, both)
        met = dict(zip(both, aggregate(old, new), strict=True))
        result.update(scores)
        result.update(met)
    return result


def intersection(inputs: Sequence[Source], aggregate: Aggregate) -> Scores:
    """What is in all of the inputs."""
    first, *others = inputs
    # The members stay in the order of the dictionary: they are close together in memory.
    members = list(first.scores)
    for source in others:
        members = list(filter(source.scores.__contains__, members))
    scores: Iterable[float] = map(number, first.of(members))
    for source in others:
        scores = aggregate(scores, source.of(members))
    return dict(zip(members, scores, strict=True))


# --- the commands --------------------------------------------------------------------------------


def numkeys(command: str) -> Counted[bytes]:
    """`numkeys key [key ...]` of a command."""
    few = f"ERR at least 1 input key is needed for '{command}' command"
    return Counted(Key(), count=Integer(low=1, range_error=few))


def weights_option() -> Weights[float]:
    """`WEIGHTS weight [weight ...]`, one for each key."""
    return Weights("WEIGHTS", Float(error=BAD_WEIGHT))


def aggregate_option() -> Option[str]:
    """`AGGREGATE SUM|MIN|MAX`: how to combine the scores of a member that is in several inputs."""
    return Option("AGGREGATE", OneOf("SUM", "MIN", "MAX"), default="SUM")


def answer(session: TypesSession, result: Scores, with_scores: bool) -> Reply:
    """The members of a result in order."""
    zset = SortedSet(result.items())
    return pairs(session, zset.items()) if with_scores else list(zset)


def keep(session: TypesSession, destination: bytes, result: Scores) -> Reply:
    """Keeps a result under a key; returns its size."""
    scores = map((0.0).__add__, result.values())  # no negative zero
    kept = SortedSet(zip(result, scores, strict=True))
    session.store.settle(destination, kept)
    return len(result)


class Algebra(SortedSetCommand, abstract=True):
    """A command over several sets, which are looked up before the options are read."""

    looks_up_first = True

    def sources(
        self, session: TypesSession, keys: Sequence[bytes], weights: Sequence[float] | None = None
    ) -> list[Source]:
        """The inputs, smallest first, as in Redis: the sum of doubles depends on their order."""
        found = [scores_of(session.store, key) for key in keys]
        self.raise_fault()
        weights = weights or [1.0] * len(keys)
        inputs = [Source(scores, weight) for scores, weight in zip(found, weights, strict=True)]
        return sorted(inputs, key=lambda source: len(source.scores))

    def difference(self, session: TypesSession, keys: Sequence[bytes]) -> Scores:
        """What is in the first input and in none of the others, with its score there."""
        first, *others = [scores_of(session.store, key) for key in keys]
        self.raise_fault()
        seen = set[bytes]().union(*others)
        return {member: score for member, score in first.items() if member not in seen}


class ZUnion(Algebra, flags=READ):
    """What is in any of the sets."""

    names = numkeys("zunion")
    weights = weights_option()
    aggregate = aggregate_option()
    scores = Flag("WITHSCORES")

    def execute(self, session: TypesSession) -> Reply:
        found = self.sources(session, self.names, self.weights)
        return answer(session, union(found, AGGREGATES[self.aggregate]), self.scores)


class ZInter(Algebra, flags=READ):
    """What is in all of the sets."""

    names = numkeys("zinter")
    weights = weights_option()
    aggregate = aggregate_option()
    scores = Flag("WITHSCORES")

    def execute(self, session: TypesSession) -> Reply:
        found = self.sources(session, self.names, self.weights)
        result = intersection(found, AGGREGATES[self.aggregate])
        return answer(session, result, self.scores)


class ZDiff(Algebra, flags=READ):
    """What is in the first set and in none of the others."""

    names = numkeys("zdiff")
    scores = Flag("WITHSCORES")

    def execute(self, session: TypesSession) -> Reply:
        return answer(session, self.difference(session, self.names), self.scores)


class ZUnionStore(Algebra, flags=WRITE | DENYOOM):
    """Keeps at destination what is in any of the sets; returns how many."""

    asks = True
    destination = Key()
    names = numkeys("zunionstore")
    weights = weights_option()
    aggregate = aggregate_option()

    def execute(self, session: TypesSession) -> Reply:
        found = self.sources(session, self.names, self.weights)
        result = union(found, AGGREGATES[self.aggregate])
        return keep(session, self.destination, result)


class ZInterStore(Algebra, flags=WRITE | DENYOOM):
    """Keeps at destination what is in all of the sets; returns how many."""

    asks = True
    destination = Key()
    names = numkeys("zinterstore")
    weights = weights_option()
    aggregate = aggregate_option()

    def execute(self, session: TypesSession) -> Reply:
        found = self.sources(session, self.names, self.weights)
        result = intersection(found, AGGREGATES[self.aggregate])
        return keep(session, self.destination, result)


class ZDiffStore(Algebra, flags=WRITE | DENYOOM):
    """Keeps at destination what only the first of the sets has; returns how many."""

    asks = True
    destination = Key()
    names = numkeys("zdiffstore")

    def execute(self, session: TypesSession) -> Reply:
        return keep(session, self.destination, self.difference(session, self.names))


class ZInterCard(Algebra, flags=READ):
    """How many members are in all of the sets; at most limit."""

    names = numkeys("zintercard")
    limit = card_limit()

    def execute(self, session: TypesSession) -> Reply:
        found = self.sources(session, self.names)
        return count_common([source.scores for source in found], self.limit)
