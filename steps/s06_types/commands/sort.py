"""SORT: the items of a list, set or sorted set in order, or in the order of other keys' values.

`SORT uids BY weight_* GET name_*` puts each item in the place of the star, orders the items by the
values of the keys `weight_…`, and returns the values of the keys `name_…`. `user_*->age` means the
field `age` of a hash. The keys that patterns name become known only during the command, so no lock
is held for them.
https://redis.io/docs/latest/commands/sort/
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from steps.s02_resp.values import CommandError, Reply, Request
from steps.s05_commands.command import DENYOOM, READ, WRITE, Flags
from steps.s05_commands.fields import (
    Bulk,
    Flag,
    Integer,
    Key,
    Option,
    Optional,
    PairOption,
    Words,
    parse_double,
)
from steps.s06_types.command import Command
from steps.s06_types.keyspace import Keyspace, WrongType
from steps.s06_types.ranges import BLANKS
from steps.s06_types.session import TypesSession
from steps.s06_types.zset import SortedSet

NOT_A_SCORE = "ERR One or more scores can't be converted into double"


class SortWords(Words):
    """The words of SORT; GET may come many times among them, and all of its patterns count.

    ASC and DESC may come many times, too, and the last of them counts.
    """

    def __init__(self, words: Sequence[bytes]) -> None:
        super().__init__(words)
        self.patterns: list[bytes] = []
        self.directions: list[str] = []


class Patterns(Optional[list[bytes]]):
    """`[GET pattern [GET pattern ...]]`: the patterns, in order."""

    words = ("GET",)
    kind = "pattern"
    default: list[bytes] = []  # noqa: RUF012 - never changed

    def take_option(self, word: str, words: Words) -> list[bytes]:
        assert isinstance(words, SortWords)
        words.patterns.append(words.next())
        return words.patterns


class Direction(Optional[list[str]]):
    """`[ASC]` or `[DESC]`: the directions that have come, in order."""

    kind = "pure-token"
    default: list[str] = []  # noqa: RUF012 - never changed

    def __init__(self, word: str) -> None:
        self.words = (word,)

    def take_option(self, word: str, words: Words) -> list[str]:
        assert isinstance(words, SortWords)
        words.directions.append(word)
        return words.directions


class Sorting(Command, abstract=True):
    """What SORT and SORT_RO have in common."""

    categories = ("set", "sortedset", "list", "dangerous")

    key = Key()
    by = Option("BY", Bulk())
    limit = PairOption("LIMIT", Integer(), Integer())
    patterns = Patterns()
    up = Direction("ASC")
    down = Direction("DESC")
    alpha = Flag("ALPHA")

    @classmethod
    def words(cls, request: Request) -> Words:
        return SortWords(request[1:])

    def result(self, keyspace: Keyspace, fixed: bool) -> list[bytes | None]:
        """The result: the items, or the values that the patterns name.

        `fixed`: the order must be the same each time, since it is stored, or a script gets it.
        """
        items = self.limited(self.ordered(keyspace, items_of(keyspace, self.key), fixed))
        if not self.patterns:
            return list(items)
        return [follow(keyspace, pattern, item) for item in items for pattern in self.patterns]

    def ordered(self, keyspace: Keyspace, items: list[bytes], fixed: bool) -> list[bytes]:
        """All items in the order asked for."""
        reverse = (self.up or self.down)[-1:] == ["DESC"]
        if self.by is None or b"*" in self.by:
            return sorted(items, key=self.sort_key(keyspace), reverse=reverse)
        # A pattern without a star is the same for all, so the items stay in their order. A set has
        # no order, so its items are sorted as text if one is needed.
        if fixed and isinstance(keyspace.find(self.key), set):
            items = sorted(items)
        return items[::-1] if reverse else items

    def sort_key(self, keyspace: Keyspace) -> Callable[[bytes], Any]:
        """What Python's `sorted` has to compare. A missing value counts as 0, or comes first."""
        by = self.by or b"#"
        if self.alpha:
            return lambda item: text(follow(keyspace, by, item))
        return lambda item: (score(follow(keyspace, by, item)), item)

    def limited(self, items: list[bytes]) -> list[bytes]:
        """The items that LIMIT leaves."""
        if self.limit is None:
            return items
        offset, count = max(self.limit[0], 0), self.limit[1]
        return items[offset:] if count < 0 else items[offset : offset + count]


def items_of(keyspace: Keyspace, key: bytes) -> list[bytes]:
    """The items at `key`, whichever of the three types it has."""
    value = keyspace.find(key)
    if value is None:
        return []
    if not isinstance(value, deque | set | SortedSet):
        raise WrongType
    return list(value)


def follow(keyspace: Keyspace, pattern: bytes, item: bytes) -> bytes | None:
    """What a pattern names for an item: `#` itself, `a_*` a string, `a_*->f` a field of a hash."""
    if pattern == b"#":
        return item
    before, star, after = pattern.partition(b"*")
    if not star:
        return None
    after, arrow, field = after.partition(b"->")
    if not field:
        after += arrow
    value = keyspace.find(before + item + after)
    if field:
        return value.get(field) if isinstance(value, dict) else None
    return value if isinstance(value, bytes) else None


def score(raw: bytes | None) -> float:
    """The number to sort by. Raises CommandError."""
    number = parse_double(raw.lstrip(BLANKS)) if raw else 0.0
    if number is None:
        raise CommandError(NOT_A_SCORE)
    return number


def text(raw: bytes | None) -> tuple[bool, bytes]:
    """What to sort by with ALPHA: a missing value comes before all others."""
    return raw is not None, raw or b""


class Sort(Sorting, flags=WRITE | DENYOOM):
    """The items at key in order; with STORE, how many were put into the list at destination."""

    asks = True
    destination = Option("STORE", Key())

    def execute(self, session: TypesSession) -> Reply:
        if self.destination is None:
            return self.result(session.store, session.scripted)
        result = deque(value or b"" for value in self.result(session.store, True))
        session.store.settle(self.destination, result)
        if result:
            session.store.count(len(result) - 1)
        return len(result)


class SortRO(Sorting, name="SORT_RO", flags=READ | Flags.MOVABLEKEYS):
    """The items at key in order. It never writes, so a replica may run it too."""

    def execute(self, session: TypesSession) -> Reply:
        return self.result(session.store, session.scripted)
