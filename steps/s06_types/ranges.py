"""Positions in a sequence, in the way in which Redis counts them."""

from __future__ import annotations


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    """Where a range of Redis begins and ends in Python: `(first, last)`, for `items[first:last]`.

    LRANGE, LTRIM, ZRANGE and ZREMRANGEBYRANK name two positions, and both belong to the range. In a
    Python slice the second does not.

    - A negative position counts from the end: -1 is the last item, -2 the one before it.
    - What is still negative after that means the first item. A `stop` before the first item, or a
      `start` behind the last, leaves nothing.
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
