"""OBJECT and MEMORY: how Redis would keep a value, and how much memory it takes.

Redis has several representations of each type: small values are packed (listpack, intset), large
ones get a hash table or a skip list. This server has one representation per type, and reports what
Redis 7.0 would have chosen for such a value under the present settings. (Redis does not switch
back when a value shrinks again, or a setting grows, and a string that was written to in part, as
by APPEND or PFADD, stays raw; the value alone does not show that. Once Redis has loaded or restored
the value, it says the same.)

Source: https://redis.io/docs/latest/commands/object-encoding/
"""

from __future__ import annotations

import gc
import sys
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain, islice
from typing import Any, Final

from steps.s02_resp.values import (
    INT64_MAX,
    OK,
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Verbatim,
    parse_int64,
)
from steps.s03_store.store import Value
from steps.s05_commands.command import Family, Flags
from steps.s05_commands.fields import Integer, Key, Option
from steps.s06_types.keyspace import kind_of
from steps.s06_types.zset import SortedSet
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.commands.info import measured
from steps.s10_asyncio.memory.doctor import allocations
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.settings import Settings

SHARED = 2**31 - 1
"""The reference count of a number below 10000, which Redis keeps only once."""

SHARED_NUMBERS = 10_000
NO_FREQUENCY = (
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when"
    " switching between policies at runtime LRU and LFU data will take some time to adjust."
)
NO_IDLE_TIME = "ERR Idle time not tracked: no key remembers when it was used last."
ITEMS_MEASURED = 5
"""How many items of a container MEMORY USAGE looks at by default."""

MAX_EMBEDDED: Final = 44
"""Bytes of a string that Redis puts into one piece of memory with its header."""


# --- encodings ------------------------------------------------------------------------------------


def encoding(value: Value, limits: Settings) -> bytes:
    """The name of the representation that Redis would choose for `value`."""
    return ENCODINGS[kind_of(value)](value, limits)


def packed(value: Value, limits: Settings) -> bool:
    """Whether Redis would keep `value` in one piece, of which a scan returns all at once."""
    return encoding(value, limits) in (b"intset", b"listpack")


def _string(value: bytes, limits: Settings) -> bytes:
    if parse_int64(value) is not None:
        return b"int"
    return b"embstr" if len(value) <= MAX_EMBEDDED else b"raw"


def _list(value: deque[bytes], limits: Settings) -> bytes:
    return b"quicklist"


def _set(value: set[bytes], limits: Settings) -> bytes:
    few = len(value) <= limits.set_max_intset_entries
    numbers = few and all(parse_int64(item) is not None for item in value)
    return b"intset" if numbers else b"hashtable"


def _hash(value: dict[bytes, bytes], limits: Settings) -> bytes:
    few = len(value) <= limits.hash_max_listpack_entries
    words = chain(value, value.values())
    return b"listpack" if few and _short(words, limits.hash_max_listpack_value) else b"hashtable"


def _sorted_set(value: SortedSet, limits: Settings) -> bytes:
    few = len(value) <= limits.zset_max_listpack_entries
    small = few and _short(value.scores, limits.zset_max_listpack_value)
    return b"listpack" if small else b"skiplist"


def _short(items: Iterable[bytes], most: int) -> bool:
    return all(len(item) <= most for item in items)


ENCODINGS: Final[dict[type, Callable[[Any, Settings], bytes]]] = {
    bytes: _string,
    deque: _list,
    set: _set,
    dict: _hash,
    SortedSet: _sorted_set,
}


# --- OBJECT --------------------------------------------------------------------------------------


class ObjectFamily(Command, Family, name="OBJECT", flags=Flags.NONE):
    """What the server knows about a value besides its contents."""


class ObjectCommand(Command, abstract=True, flags=Flags.READONLY):
    """A member of the family OBJECT; its reply for a missing key is null."""

    tips = ("nondeterministic_output",)
    key = Key()

    def execute(self, session: ClientSession) -> Reply:
        value = session.store.find(self.key)
        return None if value is None else self.fact(value, session.state.settings)

    @abstractmethod
    def fact(self, value: Value, limits: Settings) -> Reply:
        """The fact that the command returns."""


class ObjectEncoding(ObjectCommand, name="OBJECT ENCODING"):
    """In which form Redis would keep the value."""

    def fact(self, value: Value, limits: Settings) -> Reply:
        return encoding(value, limits)


class ObjectRefCount(ObjectCommand, name="OBJECT REFCOUNT"):
    """The reference count of the value: 1, or that of all users of a small number."""

    def fact(self, value: Value, limits: Settings) -> Reply:
        shared = encoding(value, limits) == b"int" and 0 <= int(value) < SHARED_NUMBERS
        return SHARED if shared else 1


class ObjectFreq(ObjectCommand, name="OBJECT FREQ"):
    """How often the value was used: unknown, as in a Redis that does not count it."""

    def fact(self, value: Value, limits: Settings) -> Reply:
        raise CommandError(NO_FREQUENCY)


class ObjectIdleTime(ObjectCommand, name="OBJECT IDLETIME"):
    """How long the value was not used: unknown, as noting each use would slow every command down."""

    def fact(self, value: Value, limits: Settings) -> Reply:
        raise CommandError(NO_IDLE_TIME)


class ObjectHelp(Help, name="OBJECT HELP"):
    """Says which subcommands there are."""


# --- MEMORY --------------------------------------------------------------------------------------


class MemoryFamily(Command, Family, name="MEMORY", flags=Flags.NONE):
    """What is in the memory."""

    group = "server"


class MemoryUsage(Command, name="MEMORY USAGE", flags=Flags.READONLY):
    """About how many bytes of memory a key and its value take."""

    group = "server"
    key = Key()
    samples = Option(
        "SAMPLES", Integer(low=0, high=INT64_MAX, range_error=SYNTAX_ERROR), default=ITEMS_MEASURED
    )

    def execute(self, session: ClientSession) -> Reply:
        store = session.store
        value = store.data.get(self.key)  # an expired key takes memory, too
        if value is None:
            return None
        size = sys.getsizeof(self.key) + slot(store.data) + size_of(value, self.samples)
        if self.key in store.expires:
            size += slot(store.expires) + sys.getsizeof(store.expires[self.key])
        return size


def slot(table: Mapping[bytes, object]) -> int:
    """The share of one entry in the memory of a dict itself."""
    return sys.getsizeof(table) // len(table)


SIZES: Final[dict[type, Callable[[Any, int], int]]] = {}
"""How to measure the types that a later module brings."""


def size_of(value: Value, samples: int) -> int:
    """About how many bytes `value` takes; `samples` of its items are measured (0: all)."""
    if isinstance(value, bytes | bytearray):
        return sys.getsizeof(value)
    if type(value) in SIZES:
        return SIZES[type(value)](value, samples)
    if isinstance(value, SortedSet):
        # Each entry is a tuple and a float, besides the member, which the dict and the list share.
        entries = sizes([*value.order[:samples]] if samples else value.order, len(value))
        shell = sum(map(sys.getsizeof, (value, value.scores, value.order)))
        return shell + entries + sampled((member for _, member in value.order), len(value), samples)
    items = sampled(value, len(value), samples)
    if isinstance(value, dict):
        items += sampled(value.values(), len(value), samples)
    return sys.getsizeof(value) + items


def sampled(items: Iterable[object], count: int, samples: int) -> int:
    """The size of `count` items, of which the first `samples` are measured (0: all)."""
    return sizes(list(islice(items, samples or None)), count)


def sizes(measured: Collection[object], count: int) -> int:
    """The size of `count` items, estimated from the measured ones."""
    total = sum(map(sys.getsizeof, measured))
    return total * count // len(measured)


class MemoryPurge(Command, name="MEMORY PURGE", flags=Flags.NONE):
    """Gives back unused memory, as far as Python does that."""

    group = "server"
    tips = ("request_policy:all_shards", "response_policy:all_succeeded")

    def execute(self, session: ClientSession) -> Reply:
        gc.collect()
        return OK


class MemoryReport(Command, abstract=True, flags=Flags.NONE):
    """A command that tells about the memory of the server."""

    group = "server"
    tips = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")


class MemoryStats(MemoryReport, name="MEMORY STATS"):
    """What the memory is used for."""

    def execute(self, session: ClientSession) -> Reply:
        return measured(session.state).stats(session.state.databases)


class MemoryDoctor(MemoryReport, name="MEMORY DOCTOR"):
    """What to do about it."""

    def execute(self, session: ClientSession) -> Reply:
        return Verbatim(measured(session.state).advice().encode())


class MemoryMallocStats(MemoryReport, name="MEMORY MALLOC-STATS"):
    """What Python says of its memory."""

    def execute(self, session: ClientSession) -> Reply:
        return Verbatim(allocations().encode())


class MemoryHelp(Help, name="MEMORY HELP"):
    """Says which subcommands there are."""

    group = "server"
