"""Replies whose shape depends on the protocol, and the random choice that several types offer.

RESP3 nests what RESP2 puts in one row: members with their scores are `[[member, score], ...]` in
RESP3, and `[member, score, member, score, ...]` in RESP2.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, TypeVar

from steps.s02_resp.values import INT64_MAX, CommandError, Reply
from steps.s05_commands.fields import Integer, Maybe
from steps.s06_types.session import TypesSession

Item = TypeVar("Item")

MANY = 10_000_000
"""How many items a random choice may repeat. Redis has no such limit and runs out of memory."""


def pairs(session: TypesSession, items: Iterable[tuple[Any, Any]]) -> Reply:
    """Pairs, nested or flat as the client's protocol wants them."""
    if session.protocol == 2:
        return list(chain.from_iterable(items))
    return list(items)


def random_count() -> Maybe[int]:
    """The count of SRANDMEMBER and similar commands: negative if an item may come more than once."""
    error = f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}"
    return Maybe(Integer(low=-INT64_MAX, range_error=error))


def check_pairs(count: int | None) -> None:
    """Pairs are two items each: with them, a count may only be half as large."""
    if abs(count or 0) > INT64_MAX // 2:
        raise CommandError("ERR value is out of range")


def choose(items: Sequence[Item], count: int) -> list[Item]:
    """Random items: up to `count` different ones, or, if it is negative, -count with repeats."""
    if count >= 0:
        return random.sample(items, min(count, len(items)))
    if -count > MANY:
        raise CommandError(f"ERR value is out of range, at most {MANY} items may be repeated")
    return random.choices(items, k=-count) if items else []
