"""Ranges: positions in a list (`0 -1`), and the ends of a range in a sorted set.

Those ends are scores (`1.5`, `(1.5`, `-inf`) or members (`[a`, `(a`, `-`, `+`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from steps.s02_resp.values import CommandError
from steps.s05_commands.fields import Word, parse_double
from steps.s06_types.zset import SortedSet

BLANKS = b" \t\n\v\f\r"
DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
BAD_SCORE = "ERR min or max is not a float"
BAD_MEMBER = "ERR min or max not valid string range item"


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    """Where a range of Redis begins and ends in Python: `(first, last)`, for `items[first:last]`.

    LRANGE, LTRIM, ZRANGE and ZREMRANGEBYRANK name two positions, and both belong to the range. In a
    Python slice the second does not.

    - A negative position counts from the end: -1 is the last item, -2 the one before it.
    - What is still negative after that means the first item. A `stop` before the first item, or a
      `start` after the last, leaves nothing.
    - An empty range: return `(0, 0)`. In any other case `0 <= first < last <= length`.

    https://redis.io/docs/latest/commands/lrange/

    >>> slice_bounds(0, 2, 5)
    (0, 3)
    >>> slice_bounds(-2, -1, 5)
    (3, 5)
    >>> slice_bounds(3, 1, 5)
    (0, 0)
    """
    raise NotImplementedError("exercise 6.2")


# --- the ends of a range in a sorted set ------------------------------------------------------------


class ScoreBound(NamedTuple):
    """An end of a range of scores; `outside`: the score itself does not belong to it."""

    score: float
    outside: bool = False


class MemberBound(NamedTuple):
    """An end of a range of members. `beyond`: before all members (-1) or after all (1); else 0."""

    member: bytes
    outside: bool = False
    beyond: int = 0


def strtod(raw: bytes) -> float | None:
    """The double that C's strtod returns; None if it stops before the end or finds NaN.

    Redis uses it here without further checks: blanks may come first, an empty text is 0, a zero
    byte ends the text, and a number too large for a double is infinite.
    """
    raw = raw.partition(b"\0")[0]
    text = raw.lstrip(BLANKS)
    if not raw:
        return 0.0
    return float(text) if DECIMAL.fullmatch(text) else parse_double(text)


def score_bound(raw: bytes) -> ScoreBound:
    """The bound that `raw` spells. Raises CommandError."""
    outside = raw[:1] == b"("
    score = strtod(raw[1:] if outside else raw)
    if score is None:
        raise CommandError(BAD_SCORE)
    return ScoreBound(score, outside)


def member_bound(raw: bytes) -> MemberBound:
    """The bound that `raw` spells. Raises CommandError."""
    match raw[:1]:
        case b"[" | b"(":
            return MemberBound(raw[1:], raw[:1] == b"(")
        case b"-" | b"+" if len(raw) == 1:
            return MemberBound(b"", False, -1 if raw == b"-" else 1)
        case _:
            raise CommandError(BAD_MEMBER)


class Score(Word[ScoreBound]):
    """A field: an end of a range of scores."""

    kind = "double"

    def convert(self, raw: bytes) -> ScoreBound:
        return score_bound(raw)


class Member(Word[MemberBound]):
    """A field: an end of a range of members."""

    def convert(self, raw: bytes) -> MemberBound:
        return member_bound(raw)


def between_scores(zset: SortedSet, low: ScoreBound, high: ScoreBound) -> tuple[int, int]:
    """The positions of the scores between two bounds."""
    return zset.score_span(low.score, high.score, above=low.outside, below=high.outside)


def between_members(zset: SortedSet, low: MemberBound, high: MemberBound) -> tuple[int, int]:
    """The positions of the members between two bounds."""
    if low.beyond > 0 or high.beyond < 0:
        return 0, 0
    first = None if low.beyond else low.member
    last = None if high.beyond else high.member
    return zset.member_span(first, last, above=low.outside, below=high.outside)
