"""A sorted set: members, each with a score, always in order.

Two structures hold the same members, and each is fast where the other is slow: `scores` finds the
score of a member at once, `order` finds a rank or a range of scores by bisection. (Redis has a
dictionary and a skip list; a Python list shifts its items on insertion, but does so at memory
speed.)

Invariants: `order` holds `(score, member)` for exactly the items of `scores`, sorted by score and
then by the bytes of the member. No score is NaN, which cannot be ordered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, MutableSequence, Sequence
from operator import itemgetter
from typing import Final

Entry = tuple[float, bytes]
"""A score and its member, in the order in which Python compares tuples: score first."""

LARGE_BATCH: Final = 256
"""From this many members on, one pass through all of them is faster than a search for each."""

score_of = itemgetter(0)
member_of = itemgetter(1)


class SortedSet:
    """Members by score. A member occurs once; scores may be equal."""

    __slots__ = ("order", "scores")

    def __init__(self, pairs: Iterable[tuple[bytes, float]] = ()) -> None:
        self.scores: dict[bytes, float] = dict(pairs)
        self.order: MutableSequence[Entry] = sorted(zip(self.scores.values(), self.scores))  # noqa: B905

    def __len__(self) -> int:
        return len(self.scores)

    def __copy__(self) -> SortedSet:
        copy = SortedSet()
        copy.scores = self.scores.copy()
        copy.order = self.order[:]
        return copy

    def __iter__(self) -> Iterator[bytes]:
        return map(member_of, self.order)

    def items(self) -> list[tuple[bytes, float]]:
        """Members and scores in order: a copy."""
        return [(member, score) for score, member in self.order]

    def add(self, member: bytes, score: float) -> bool:
        """Gives `member` this score, and returns whether the member is new.

        A sorted set is kept twice: `self.scores` (member: score) and `self.order`, a sorted list of
        (score, member). Both agree afterwards, also if the member had another score. No call looks
        at more than a few entries of `self.order`: their number grows with the logarithm of its
        length.

        >>> board = SortedSet()
        >>> board.add(b"ann", 7.0), board.add(b"bob", 3.0), board.add(b"ann", 1.0)
        (True, True, False)
        >>> board.order
        [(1.0, b'ann'), (3.0, b'bob')]
        """
        raise NotImplementedError("exercise 6.8")

    def remove(self, member: bytes) -> bool:
        """Removes `member`; says whether it was there."""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        del self.order[bisect_left(self.order, (score, member))]
        return True

    def update(self, scores: Mapping[bytes, float]) -> None:
        """Gives each of these members its score."""
        if len(scores) < LARGE_BATCH:
            for member, score in scores.items():
                self.add(member, score)
        else:
            order = [entry for entry in self.order if entry[1] not in scores]
            order += [(score, member) for member, score in scores.items()]
            order.sort()
            self.order = order
            self.scores.update(scores)

    def remove_all(self, members: Sequence[bytes]) -> int:
        """Removes these members; returns how many of them were there."""
        if len(members) < LARGE_BATCH:
            return sum(map(self.remove, members))
        gone = self.scores.keys() & members
        self.order = [entry for entry in self.order if entry[1] not in gone]
        for member in gone:
            del self.scores[member]
        return len(gone)

    def remove_span(self, first: int, last: int) -> Sequence[Entry]:
        """Removes the entries at the positions from `first` up to, but not including, `last`."""
        removed = self.order[first:last]
        del self.order[first:last]
        for _, member in removed:
            del self.scores[member]
        return removed

    def rank(self, member: bytes) -> int | None:
        """The position of `member` in the order, from 0; None if it is not there."""
        score = self.scores.get(member)
        return None if score is None else bisect_left(self.order, (score, member))

    def score_span(
        self, low: float, high: float, *, above: bool = False, below: bool = False
    ) -> tuple[int, int]:
        """Where the scores from `low` to `high` are in `self.order`: the first, and the last + 1.

        Both ends belong to the range, unless `above` excludes `low` itself or `below` excludes
        `high`; ZRANGE writes that with a parenthesis, `(1`. Both may be infinite. An empty range
        gives two positions between which a slice is empty. As in 6.8, the number of entries that
        are looked at grows with the logarithm of their number: 20 for a million.

        >>> board = SortedSet([(b"a", 1.0), (b"b", 2.0), (b"c", 2.0), (b"d", 3.0)])
        >>> board.score_span(2.0, 3.0)
        (1, 4)
        >>> board.score_span(1.0, 3.0, above=True, below=True)
        (1, 3)
        """
        raise NotImplementedError("exercise 6.9")

    def member_span(
        self,
        low: bytes | None,
        high: bytes | None,
        *,
        above: bool = False,
        below: bool = False,
    ) -> tuple[int, int]:
        """Like `score_span`, by member: for sets whose scores are all equal. None is an open end."""
        # With a zero byte after it, a member becomes the one that is next in order.
        after_low, after_high = b"\0" * above, b"\0" * (not below)
        order, end = self.order, len(self.order)
        first = 0 if low is None else bisect_left(order, low + after_low, key=member_of)
        last = end if high is None else bisect_left(order, high + after_high, key=member_of)
        return first, last
