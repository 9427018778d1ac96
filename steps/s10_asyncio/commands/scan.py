"""SCAN and its variants: going through many keys, or many members, in small steps.

The guarantee is that of Redis: a scan returns every item that is there from its first call to its
last, at least once. Items that are added or removed meanwhile may be returned or not.
`memory/indexed.py` says how. A small collection is returned whole, with cursor 0.

https://redis.io/docs/latest/commands/scan/
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from steps.s02_resp.values import SYNTAX_ERROR, CommandError, Reply, Request, format_double
from steps.s05_commands.command import Flags
from steps.s05_commands.fields import Bulk, Integer, Key, Option, Word
from steps.s05_commands.glob import compiled
from steps.s06_types.keyspace import TYPE_NAMES, kind_of
from steps.s06_types.turns import InTurn
from steps.s06_types.zset import SortedSet
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.commands.object import packed
from steps.s10_asyncio.session import ClientSession

if TYPE_CHECKING:
    from typing import Self

USUAL = 10
"""How many keys a step takes by default."""


class Cursor(Word[int]):
    """A cursor: 64 bits, without a sign. As C's strtoul reads it, which Redis uses."""

    kind = "integer"

    def convert(self, raw: bytes) -> int:
        # strtoul accepts a sign and the empty word: `-1` is the greatest number, b"" is 0. For C,
        # a word ends at a zero byte.
        digits = raw.partition(b"\0")[0]
        if (
            not re.fullmatch(rb"([+-]?[0-9]+)?", digits)
            or abs(number := int(digits or b"0")) >= 2**64
        ):
            raise CommandError("ERR invalid cursor")
        return number % 2**64


class Scanning(Command, abstract=True, flags=Flags.READONLY):
    """What all four have in common. MATCH filters what was found, so a step may return nothing."""

    tips: ClassVar[tuple[str, ...]] = ("nondeterministic_output",)

    def chosen(self, keys: Iterable[bytes], pattern: bytes | None) -> list[bytes]:
        """Those that match the pattern."""
        if pattern is None or pattern == b"*":
            return list(keys)
        fits = compiled(pattern).fullmatch
        return [key for key in keys if fits(key)]


def pattern_option() -> Option[bytes | None]:
    """MATCH: which keys to return."""
    return Option("MATCH", Bulk())


def count_option() -> Option[int]:
    """COUNT: how many keys to look at in one step."""
    return Option("COUNT", Integer(low=1, range_error=SYNTAX_ERROR), default=USUAL)


class Scan(Scanning):
    """The next keys of the database, and the cursor after them: 0 when the scan is complete."""

    tips = ("nondeterministic_output", "request_policy:special")

    cursor = Cursor()
    pattern = pattern_option()
    count = count_option()
    kind = Option("TYPE", Bulk())

    @classmethod
    def parse(cls, request: Request) -> Self:
        command = super().parse(request)
        command.reads = command.kind is not None  # Redis looks a key up only for its type
        return command

    def execute(self, session: ClientSession) -> Reply:
        store = session.store
        cursor, keys = store.row().step(self.cursor, self.count)
        there = [key for key in self.chosen(keys, self.pattern) if self.wanted(store.find(key))]
        return [b"%d" % cursor, there]

    def wanted(self, value: object) -> bool:
        """Whether a key is still there, and of the requested type."""
        if value is None or self.kind is None:
            return value is not None
        return TYPE_NAMES[kind_of(value)].encode() == self.kind.lower()


class MemberScan(Scanning, InTurn, abstract=True):
    """SSCAN, HSCAN and ZSCAN."""

    container: type[Any]
    looks_up_first = True

    key = Key()
    cursor = Cursor()
    pattern = pattern_option()
    count = count_option()

    def execute(self, session: ClientSession) -> Reply:
        value = session.store.lookup(self.key, self.container)
        if value is None:
            return [b"0", []]
        self.raise_fault()
        small = packed(value, session.state.settings)
        row = None if small else session.store.row_of(self.key, value)
        cursor, members = row.step(self.cursor, self.count) if row else (0, value)
        return [b"%d" % cursor, self.found(value, self.chosen(members, self.pattern))]

    @abstractmethod
    def found(self, value: Any, members: list[bytes]) -> list[bytes]:
        """What is returned for these members."""


class SScan(MemberScan):
    """The next members of the set at key, and the cursor after them."""

    group = "set"
    container = set

    def found(self, value: set[bytes], members: list[bytes]) -> list[bytes]:
        return members


class HScan(MemberScan):
    """The next fields of the hash at key with their values, and the cursor after them."""

    group = "hash"
    container = dict

    def found(self, value: dict[bytes, bytes], members: list[bytes]) -> list[bytes]:
        return list(chain.from_iterable((field, value[field]) for field in members))


class ZScan(MemberScan):
    """The next members of the sorted set at key with their scores, and the cursor after them."""

    group = "sorted-set"
    container = SortedSet

    def found(self, value: SortedSet, members: list[bytes]) -> list[bytes]:
        scores = value.scores
        return list(chain.from_iterable((one, format_double(scores[one])) for one in members))
