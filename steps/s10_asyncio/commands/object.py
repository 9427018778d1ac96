"""OBJECT and MEMORY: what is behind a value. https://redis.io/docs/latest/commands/object-encoding/"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from steps.s02_resp.values import INT64_MAX, OK, SYNTAX_ERROR, CommandError, Reply
from steps.s03_store.store import Value
from steps.s05_commands.command import Family, Flags
from steps.s05_commands.fields import Integer, Key, Option
from steps.s06_types.zset import SortedSet
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.encodings import encoding
from steps.s10_asyncio.session import ClientSession

SHARED = 2**31 - 1
"""The count of references to one of the numbers below 10000, which Redis keeps once for all."""

SHARED_NUMBERS = 10_000
NO_FREQUENCY = (
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when"
    " switching between policies at runtime LRU and LFU data will take some time to adjust."
)
NO_IDLE_TIME = "ERR Idle time not tracked: no key remembers when it was used last."
SAMPLES = 5
"""How many items of a container MEMORY USAGE looks at, unless it is told a number."""


# --- OBJECT --------------------------------------------------------------------------------------


class ObjectFamily(Command, Family, name="OBJECT", flags=Flags.NONE):
    """What the server knows of a value besides what is in it."""


class ObjectCommand(Command, abstract=True, flags=Flags.READONLY):
    """A member of the family OBJECT: of a key that is not there it knows null."""

    tips = ("nondeterministic_output",)
    key = Key()

    def execute(self, session: ClientSession) -> Reply:
        value = session.store.find(self.key)
        return None if value is None else self.fact(value)

    def fact(self, value: Value) -> Reply:
        """What is asked for."""
        raise NotImplementedError


class ObjectEncoding(ObjectCommand, name="OBJECT ENCODING"):
    """In which form Redis would keep the value."""

    def fact(self, value: Value) -> Reply:
        return encoding(value)


class ObjectRefCount(ObjectCommand, name="OBJECT REFCOUNT"):
    """How many refer to the value: it alone, or, for a small number, everybody."""

    def fact(self, value: Value) -> Reply:
        shared = encoding(value) == b"int" and 0 <= int(value) < SHARED_NUMBERS
        return SHARED if shared else 1


class ObjectFreq(ObjectCommand, name="OBJECT FREQ"):
    """How often the value was used: not known, as in a Redis that is not told to count."""

    def fact(self, value: Value) -> Reply:
        raise CommandError(NO_FREQUENCY)


class ObjectIdleTime(ObjectCommand, name="OBJECT IDLETIME"):
    """How long the value was not used: not known, for a note at each use would cost every command."""

    def fact(self, value: Value) -> Reply:
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
        "SAMPLES", Integer(low=0, high=INT64_MAX, range_error=SYNTAX_ERROR), default=SAMPLES
    )

    def execute(self, session: ClientSession) -> Reply:
        store = session.store
        value = store.find(self.key)
        if value is None:
            return None
        size = sys.getsizeof(self.key) + slot(store.data) + size_of(value, self.samples)
        if self.key in store.expires:
            size += slot(store.expires) + sys.getsizeof(store.expires[self.key])
        return size


def slot(table: Mapping[bytes, object]) -> int:
    """The share of one entry in the memory of a dict itself."""
    return sys.getsizeof(table) // len(table)


def size_of(value: Value, samples: int) -> int:
    """About how many bytes `value` takes; `samples` of its items are measured (0: all)."""
    if isinstance(value, bytes):
        return sys.getsizeof(value)
    if isinstance(value, SortedSet):
        # Each entry is a tuple and a float besides the member, which the dict and the list share.
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
    """The size of `count` items like those that are measured."""
    total = sum(map(sys.getsizeof, measured))
    return total * count // len(measured)


class MemoryPurge(Command, name="MEMORY PURGE", flags=Flags.NONE):
    """Gives back memory that nobody needs any more, as far as Python does that."""

    group = "server"
    tips = ("request_policy:all_shards", "response_policy:all_succeeded")

    def execute(self, session: ClientSession) -> Reply:
        gc.collect()
        return OK


class MemoryHelp(Help, name="MEMORY HELP"):
    """Says which subcommands there are."""

    group = "server"
