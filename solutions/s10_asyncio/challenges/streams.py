"""Answer to steps/s10_asyncio/challenges/streams.py.

An id is one integer, `milliseconds << 64 | sequence`, so ids compare, count on and pack at the speed
of C. The entries are in nodes of about a hundred, as in Redis: a bisection finds the node, another one
the entry in it; what is trimmed leaves by whole nodes, so the rest never moves. What a group has
delivered is in a sorted list of ids with a dict beside it, twice: for the group, and for each consumer.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from itertools import groupby, islice
from typing import Any, Final, NamedTuple

from steps.s02_resp.encode import encode
from steps.s02_resp.values import (
    INT64_MAX,
    NULL_ARRAY,
    OK,
    SYNTAX_ERROR,
    Bulks,
    CommandError,
    Encoded,
    Reply,
    Request,
    integer,
    parse_int64,
    text_of,
)
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE, Family, Flags, wrong_form
from steps.s05_commands.fields import (
    Bulk,
    Field,
    Flag,
    Integer,
    Key,
    Option,
    Optional,
    Rest,
    Word,
    Words,
)
from steps.s06_types.command import BY_CHANCE, NO_SUCH_KEY
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb import streams as files
from steps.s07_persistence.rdb.packed import integer_size, packed_size
from steps.s07_persistence.rdb.source import Source
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.memory.new_type import add_type
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.settings import Settings

# --- ids -----------------------------------------------------------------------------------------

SEQUENCE: Final = 1 << 64
HIGHEST: Final = (1 << 128) - 1
LONGEST_ID: Final = 127
NUMBER: Final = re.compile(rb"[ \t\n\v\f\r]*([+-]?)([0-9]+)")

INVALID_ID = "ERR Invalid stream ID specified as stream command argument"
INVALID_START = "ERR invalid start ID for the interval"
INVALID_END = "ERR invalid end ID for the interval"


def shown(number: int) -> bytes:
    """An id as clients see it: `1526919030474-55`."""
    return b"%d-%d" % (number >> 64, number & SEQUENCE - 1)


def unsigned(raw: bytes) -> int:
    """An unsigned number of 64 bits, as C's strtoull reads it, which Redis uses. Raises CommandError."""
    match = NUMBER.fullmatch(raw)
    if match is None or (number := int(match[2])) >= SEQUENCE:
        raise CommandError(INVALID_ID)
    if match[1] == b"-":
        if parse_int64(raw) is not None:
            raise CommandError(INVALID_ID)
        return -number % SEQUENCE
    return number


def halves(raw: bytes) -> tuple[bytes, bytes | None]:
    """The two numbers of an id, as text; None if the second is missing. Raises CommandError."""
    if len(raw) > LONGEST_ID:
        raise CommandError(INVALID_ID)
    milliseconds, dash, sequence = raw.partition(b"\0")[0].partition(b"-")
    return milliseconds, sequence if dash else None


def parse_id(raw: bytes, missing: int = 0) -> int:
    """The id that `raw` spells; `missing` is its sequence number if it has none."""
    milliseconds, sequence = halves(raw)
    number = unsigned(milliseconds) << 64
    return number | (missing if sequence is None else unsigned(sequence))


def parse_end(raw: bytes, missing: int) -> int:
    """As `parse_id`; `-` is the lowest id there can be, and `+` the highest."""
    ends = {b"-": 0, b"+": HIGHEST}
    return ends[raw] if raw in ends else parse_id(raw, missing)


def first_id(raw: bytes) -> int:
    """The first id of a range that begins at `raw`, or after it: `(5-1`."""
    if raw[:1] != b"(" or len(raw) == 1:
        return parse_end(raw, 0)
    number = parse_id(raw[1:]) + 1
    if number > HIGHEST:
        raise CommandError(INVALID_START)
    return number


def last_id(raw: bytes) -> int:
    """The last id of a range that ends at `raw`, or before it: `(5-1`."""
    if raw[:1] != b"(" or len(raw) == 1:
        return parse_end(raw, SEQUENCE - 1)
    number = parse_id(raw[1:], SEQUENCE - 1) - 1
    if number < 0:
        raise CommandError(INVALID_END)
    return number


# --- entries -------------------------------------------------------------------------------------

Entry = tuple[int, Bulks]
"""An id, and the fields and values in turn. It never changes, so replies may share it."""


class Node:
    """Neighbouring entries; as many as one listpack of Redis would hold."""

    __slots__ = ("deleted", "first", "ids", "last", "names", "size", "words")

    def __init__(self, number: int, words: Bulks) -> None:
        self.first = self.last = number
        self.ids: list[int] = []
        self.words: list[Bulks] = []
        self.names = words[::2]
        """The fields of the first entry. Redis does not repeat them in an entry that has the same."""
        self.deleted = 0
        # Header and end, the counts of entries and of deleted ones, of fields, and a zero.
        self.size = 7 + 2 + 2 + small(len(self.names)) + sizes(self.names) + 2

    def add(self, number: int, words: Bulks) -> None:
        """Adds an entry after all others."""
        self.ids.append(number)
        self.words.append(words)
        self.last = number
        count = len(words) // 2
        if words[::2] == self.names:
            size = 2 + sizes(words[1::2]) + small(count + 3)
        else:
            size = 2 + sizes(words) + small(count) + small(2 * count + 4)
        apart = number - self.first
        if 0 <= apart < 128:  # by the sequence number alone
            self.size += size + 4
        else:
            sequence = (number & SEQUENCE - 1) - (self.first & SEQUENCE - 1)
            self.size += size + small((number >> 64) - (self.first >> 64)) + small(sequence)

    def remove(self, start: int, stop: int) -> None:
        """Marks entries as deleted, which take up room as before."""
        del self.ids[start:stop]
        del self.words[start:stop]
        self.deleted += stop - start

    def is_full(self, words: Bulks, limits: Settings) -> bool:
        """Whether the next entry has to go into a new node."""
        most = limits.stream_node_max_entries
        if most and len(self.ids) + self.deleted >= most:
            return True
        most = limits.stream_node_max_bytes
        return self.size + sum(map(len, words)) >= (most if 0 < most < LARGEST else LARGEST)

    def __copy__(self) -> Node:
        other = Node.__new__(Node)
        other.first, other.last = self.first, self.last
        other.ids, other.words, other.names = self.ids.copy(), self.words.copy(), self.names
        other.deleted, other.size = self.deleted, self.size
        return other


LARGEST: Final = 1 << 30
"""Bytes in a node."""


def small(number: int) -> int:
    """How many bytes a number takes in a listpack, where it is one of 64 bits with a sign."""
    return (
        2
        if 0 <= number < 128
        else integer_size((number + (SEQUENCE >> 1)) % SEQUENCE - (SEQUENCE >> 1))
    )


def sizes(words: Sequence[bytes]) -> int:
    """How many bytes words take in a listpack."""
    size = 0
    for word in words:
        # Most are short and end in a letter, so they cannot be numbers.
        plain = word[-1:] > b"9" and len(word) < 64
        size += len(word) + 2 if plain else packed_size(word)
    return size


class Stream:
    """Entries in the order of their ids, and consumer groups."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.starts: list[int] = []
        """The id with which each node began, to find an entry by bisection."""
        self.length = 0
        self.last = self.max_deleted = 0
        self.added = 0
        """How many entries were ever added, as XINFO reports it; XSETID may change it."""
        self.appended = 0
        """How many times something was added, for clients that wait."""
        self.groups: dict[bytes, Group] = {}

    def __len__(self) -> int:
        return self.length

    def __bool__(self) -> bool:
        return True  # a stream without entries is there: it knows its last id

    def __copy__(self) -> Stream:
        other = Stream()
        other.nodes, other.starts = [copy(node) for node in self.nodes], self.starts.copy()
        other.length, other.last, other.max_deleted = self.length, self.last, self.max_deleted
        other.added = self.added
        other.groups = {name: copy(group) for name, group in self.groups.items()}
        return other

    def append(self, number: int, words: Bulks, limits: Settings) -> None:
        """Adds an entry; its id is greater than `last`."""
        if not self.nodes or self.nodes[-1].is_full(words, limits):
            self.begin(number, words)
        self.nodes[-1].add(number, words)
        self.length += 1
        self.last = number
        self.added += 1
        self.appended += 1

    def begin(self, number: int, words: Bulks) -> None:
        """A new node, for this entry and others."""
        self.nodes.append(Node(number, words))
        self.starts.append(number)

    def node_of(self, number: int) -> int:
        """The position of the node where an entry of that id is, or would be."""
        return max(bisect_right(self.starts, number) - 1, 0)

    def get(self, number: int) -> Bulks | None:
        """The fields and values of an entry."""
        return next((words for _, words in self.between(number, number)), None)

    def between(self, first: int, last: int) -> Iterator[Entry]:
        """The entries with ids from `first` to `last`, both included, in order."""
        for at in range(self.node_of(first), len(self.nodes)):
            node = self.nodes[at]
            start, stop = bisect_left(node.ids, first), bisect_right(node.ids, last)
            yield from zip(node.ids[start:stop], node.words[start:stop], strict=True)
            if node.last > last:
                break

    def backwards(self, first: int, last: int) -> Iterator[Entry]:
        """The same entries, the last one first."""
        for at in range(min(self.node_of(last), len(self.nodes) - 1), -1, -1):
            node = self.nodes[at]
            start, stop = bisect_left(node.ids, first), bisect_right(node.ids, last)
            ids, words = node.ids[start:stop], node.words[start:stop]
            yield from zip(reversed(ids), reversed(words), strict=True)
            if node.first < first:
                break

    @property
    def first(self) -> int:
        """The id of the first entry; 0 without entries."""
        return next((node.ids[0] for node in self.nodes if node.ids), 0)

    @property
    def final(self) -> int:
        """The id of the last entry that was not removed; 0 without entries."""
        return next((node.ids[-1] for node in reversed(self.nodes) if node.ids), 0)

    # --- removing --------------------------------------------------------------------------------

    def delete(self, number: int) -> bool:
        """Removes an entry; says whether it was there."""
        at = self.node_of(number)
        ids = self.nodes[at].ids if self.nodes else []
        place = bisect_left(ids, number)
        if ids[place : place + 1] != [number]:
            return False
        self.nodes[at].remove(place, place + 1)
        if not ids:
            del self.nodes[at], self.starts[at]
        self.length -= 1
        self.max_deleted = max(self.max_deleted, number)
        return True

    def trim(self, trim: Trim, limit: int) -> int:
        """Removes the oldest entries; returns how many.

        At most `limit` of them (0: no limit), and if `trim.nearly`, by whole nodes only.
        """
        removed = whole = 0
        for node in self.nodes:
            count = len(node.ids)
            if (limit and removed + count > limit) or not trim.covers(node, self.length - removed):
                break
            removed += count
            whole += 1
        del self.nodes[:whole], self.starts[:whole]
        if self.nodes and not trim.nearly:
            node, left = self.nodes[0], self.length - removed
            by_count = trim.strategy == b"MAXLEN"
            more = left - trim.threshold if by_count else bisect_left(node.ids, trim.threshold)
            if more > 0:
                node.remove(0, more)
                removed += more
        self.length -= removed
        return removed

    # --- how many entries a group has read -------------------------------------------------------

    def position(self, number: int) -> int | None:
        """How many entries were ever added up to this id; None if it cannot be told.

        (Source: t_stream.c, streamEstimateDistanceFromFirstEverEntry.)
        """
        if not self.added:
            return 0
        if number == self.last or (not self.length and number < self.last):
            return self.added
        if number > self.last:
            return None
        if self.max_deleted and self.max_deleted >= self.first:
            return None
        if number > self.first:
            return None
        return self.added - self.length + (number == self.first)

    def has_gaps(self, after: int) -> bool:
        """Whether an entry from `after` on was deleted: then positions cannot be counted."""
        return bool(self.length and self.max_deleted) and self.first <= self.max_deleted >= after

    def lag(self, group: Group) -> int | None:
        """How many entries the group has still to read; None if it cannot be told."""
        if not self.added:
            return 0
        read = group.read
        if read is None or self.has_gaps(group.last):
            read = self.position(group.last)
        return None if read is None else self.added - read


# --- groups --------------------------------------------------------------------------------------


class Pending:
    """An entry that was delivered to a consumer and not acknowledged."""

    __slots__ = ("consumer", "count", "delivered")

    def __init__(self, consumer: Consumer | None, delivered: int, count: int = 1) -> None:
        self.consumer = consumer
        self.delivered = delivered
        self.count = count


class PendingList:
    """Pending entries by id, in order."""

    __slots__ = ("by_id", "ids")

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.by_id: dict[int, Pending] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, number: int, pending: Pending) -> None:
        """Adds an entry, or replaces what is known about it."""
        if number not in self.by_id:
            insort(self.ids, number)
        self.by_id[number] = pending

    def remove(self, number: int) -> Pending | None:
        """Removes an entry, if it is there."""
        pending = self.by_id.pop(number, None)
        if pending:
            del self.ids[bisect_left(self.ids, number)]
        return pending

    def between(self, first: int, last: int) -> Iterator[int]:
        """The ids from `first` to `last`, both included; the list must not change meanwhile."""
        places = range(bisect_left(self.ids, first), bisect_right(self.ids, last))
        return (self.ids[place] for place in places)


class Consumer:
    """A consumer of a group."""

    def __init__(self, name: bytes, seen: int) -> None:
        self.name = name
        self.seen = seen
        self.pending = PendingList()


class Group:
    """A consumer group."""

    def __init__(self, last: int, read: int | None) -> None:
        self.last = last
        """The id of the entry that was delivered last."""
        self.read = read
        """How many entries have been read, as far as that is known."""
        self.pending = PendingList()
        self.consumers: dict[bytes, Consumer] = {}

    def __copy__(self) -> Group:
        other = Group(self.last, self.read)
        for name, consumer in self.consumers.items():
            other.consumers[name] = Consumer(name, consumer.seen)
        for number, pending in self.pending.by_id.items():
            assert pending.consumer
            other.deliver(number, other.consumers[pending.consumer.name], pending)
        return other

    def deliver(self, number: int, consumer: Consumer, like: Pending) -> None:
        """The entry is pending for `consumer`, delivered as `like` was, and for nobody else."""
        if (old := self.pending.by_id.get(number)) and old.consumer:
            old.consumer.pending.remove(number)
        pending = Pending(consumer, like.delivered, like.count)
        self.pending.add(number, pending)
        consumer.pending.add(number, pending)

    def acknowledge(self, number: int) -> bool:
        """The entry is not pending any more; says whether it was."""
        pending = self.pending.remove(number)
        if pending and pending.consumer:
            pending.consumer.pending.remove(number)
        return pending is not None

    def sorted_consumers(self) -> list[Consumer]:
        """The consumers by name."""
        return [self.consumers[name] for name in sorted(self.consumers)]


# --- in files ------------------------------------------------------------------------------------


def write(stream: Stream) -> tuple[int, bytes]:
    """The type byte and the bytes of a stream in an RDB file."""
    return rdb.STREAM_2, files.encode_stream(
        files.Picture(
            [list(zip(node.ids, node.words, strict=True)) for node in stream.nodes if node.ids],
            stream.last,
            stream.max_deleted,
            stream.added,
            {name: picture(stream.groups[name]) for name in sorted(stream.groups)},
        )
    )


def picture(group: Group) -> files.Group:
    """What a file says of a group."""
    found = ((number, group.pending.by_id[number]) for number in group.pending.ids)
    pending = {number: files.Pending(one.delivered, one.count) for number, one in found}
    consumers = {
        consumer.name: files.Consumer(consumer.seen, consumer.pending.ids)
        for consumer in group.sorted_consumers()
    }
    return files.Group(group.last, group.read, pending, consumers)


def read(kind: int, source: Source) -> Stream:
    """The stream that comes next in a file. It keeps the nodes of the server that wrote it."""
    found = files.read_stream(source, kind)
    stream = Stream()
    for block in found.blocks:
        number, words = block[0]
        stream.begin(number, Bulks(words))
        for number, words in block:
            stream.nodes[-1].add(number, Bulks(words))
        stream.length += len(block)
    stream.last, stream.max_deleted, stream.added = found.last, found.max_deleted, found.added
    for name, group in found.groups.items():
        own = stream.groups[name] = Group(group.last, group.read)
        for who, consumer in group.consumers.items():
            own.consumers[who] = Consumer(who, consumer.seen)
            for number in consumer.pending:
                known = group.pending[number]
                like = Pending(None, known.delivered, known.count)
                own.deliver(number, own.consumers[who], like)
    return stream


def size(stream: Stream, samples: int) -> int:
    """About how many bytes a stream takes; `samples` of its entries are measured."""
    measured = [words for _, words in islice(stream.between(0, HIGHEST), samples or None)]
    items = sum(sys.getsizeof(words) + sum(map(sys.getsizeof, words)) for words in measured)
    total = sys.getsizeof(stream.nodes) + items * len(stream) // max(len(measured), 1)
    total += sum(2 * sys.getsizeof(node.ids) for node in stream.nodes[:1]) * len(stream.nodes)
    for name, group in stream.groups.items():
        total += sys.getsizeof(name) + 3 * sys.getsizeof(group.pending.ids)
    return total


def parts(stream: Stream) -> list[Any]:
    """The containers of a large stream."""
    groups = (group.pending for group in stream.groups.values())
    return [*(node.words for node in stream.nodes), *(one.by_id for one in groups)]


add_type(
    Stream,
    "stream",
    write=write,
    read={kind: partial(read, kind) for kind in (rdb.STREAM, rdb.STREAM_2, rdb.STREAM_3)},
    size=size,
    parts=parts,
)


# --- fields --------------------------------------------------------------------------------------


class StreamId(Word[int]):
    """An id that is complete, or lacks its sequence number: then that is 0."""

    def convert(self, raw: bytes) -> int:
        return parse_id(raw)


class Start(Word[int]):
    """The first id of a range."""

    def convert(self, raw: bytes) -> int:
        return first_id(raw)


class Interval(Field[tuple[int, int]]):
    """The first and the last id of a range; the last one comes first if it is `reverse`."""

    least = 2

    def __init__(self, *, reverse: bool = False) -> None:
        self.reverse = reverse

    def take(self, words: Words) -> tuple[int, int]:
        start, end = words.next(), words.next()
        if self.reverse:
            start, end = end, start
        return first_id(start), last_id(end)


class NewId(Word["tuple[int, bool] | None"]):
    """The id of an entry to add, and whether it is whole: `5-1`, `5-*`. None: `*`, of now."""

    def take(self, words: Words) -> tuple[int, bool] | None:
        if not words:
            raise CommandError("ERR wrong number of arguments for 'xadd' command")
        return super().take(words)

    def convert(self, raw: bytes) -> tuple[int, bool] | None:
        if raw == b"*":
            return None
        milliseconds, sequence = halves(raw)
        if sequence == b"*":
            return unsigned(milliseconds) << 64, False
        return parse_id(raw), True


class Trim(NamedTuple):
    """Which entries to remove: the oldest, until `threshold` are left, or all below that id."""

    strategy: bytes = b""
    threshold: int = 0
    nearly: bool = False
    """Whole nodes only, which is faster: `MAXLEN ~ 1000`."""
    limit: int | None = None
    create: bool = True
    """Whether XADD makes a stream that is not there."""

    def covers(self, node: Node, left: int) -> bool:
        """Whether the whole node goes, of a stream of `left` entries."""
        if self.strategy == b"MINID":
            return node.last < self.threshold
        return left - len(node.ids) >= self.threshold


TWO_STRATEGIES = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
NO_STRATEGY = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
NOTHING_TO_DO = "ERR syntax error, XTRIM must be called with a trimming strategy"
NOT_NEARLY = "ERR syntax error, LIMIT cannot be used without the special ~ option"


class TrimOptions(Field[Trim]):
    """The options of XTRIM, and those of XADD, which end where the id begins."""

    default = Trim()
    variable = True

    def __init__(self, *, adds: bool) -> None:
        self.adds = adds
        self.least = 0 if adds else 2

    def take(self, words: Words) -> Trim:
        strategy, threshold, nearly = b"", 0, False
        limit: int | None = None
        create = True
        while words:
            more = len(words) - 1
            match words[0].upper():
                case (b"MAXLEN" | b"MINID") as word if more:
                    if strategy:
                        raise CommandError(TWO_STRATEGIES)
                    words.popleft()
                    strategy = word
                    nearly = more >= 2 and words[0] == b"~"
                    if nearly or (more >= 2 and words[0] == b"="):
                        words.popleft()
                    threshold = self.threshold(word, words.popleft())
                case b"LIMIT" if more:
                    words.popleft()
                    limit = LIMIT.convert(words.popleft())
                case b"NOMKSTREAM" if self.adds:
                    words.popleft()
                    create = False
                case _ if self.adds:
                    break
                case _:
                    raise CommandError(SYNTAX_ERROR)
        if self.adds and words and limit is not None:
            NEW_ID.convert(words[0])  # what is wrong with the id comes first
        trim = Trim(strategy, threshold, nearly, limit, create)
        self.check(trim)
        return trim

    def threshold(self, strategy: bytes, raw: bytes) -> int:
        """The number after MAXLEN, or the id after MINID."""
        return MAXLEN.convert(raw) if strategy == b"MAXLEN" else parse_id(raw)

    def check(self, trim: Trim) -> None:
        """Refuses options that do not go together."""
        if trim.limit and not trim.strategy:
            raise CommandError(NO_STRATEGY)
        if not self.adds and not trim.strategy:
            raise CommandError(NOTHING_TO_DO)
        if trim.limit is not None and not trim.nearly:
            raise CommandError(NOT_NEARLY)


NEW_ID = NewId()
MAXLEN = Integer(low=0, range_error="ERR The MAXLEN argument must be >= 0.")
LIMIT = Integer(low=0, range_error="ERR The LIMIT argument must be >= 0.")


def trimmed(stream: Stream, trim: Trim, limits: Settings) -> int:
    """Trims a stream as told; returns how many entries are gone."""
    limit = trim.limit
    if limit is None:
        # Without a limit of its own, ~ removes a hundred nodes at most.
        usual = 100 * limits.stream_node_max_entries
        limit = min(usual or 10_000, 1_000_000) if trim.nearly else 0
    return stream.trim(trim, limit)


# --- XADD and others -----------------------------------------------------------------------------

TOO_SMALL = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
ZERO = "ERR The ID specified in XADD must be greater than 0-0"
EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items"
TOO_LARGE = "ERR Elements are too large to be stored"


class StreamCommand(Command, abstract=True):
    """A command of the group `stream`."""

    group = "stream"
    journal: Sequence[Request] = ()
    """What has the same effect later, when another clock runs."""

    def effects(self, reply: Reply) -> list[Request]:
        return list(self.journal)


class XAdd(StreamCommand, flags=WRITE | DENYOOM | FAST):
    """Adds an entry to a stream, which is created if need be; returns the id of the entry."""

    tips = BY_CHANCE
    key = Key()
    trim = TrimOptions(adds=True)
    id = NewId()
    entry = Rest(Bulk(), least=2)

    def execute(self, session: ClientSession) -> Reply:
        if len(self.entry) % 2:
            raise self.wrong_arity()
        if self.id == (0, True):
            raise CommandError(ZERO)
        store, limits = session.store, session.state.settings
        stream = store.lookup(self.key, Stream)
        if stream is None:
            if not self.trim.create:
                return None
            stream = Stream()
        number = self.next_id(stream, store.clock())
        stream.append(number, Bulks(self.entry), limits)
        if self.trim.strategy:
            trimmed(stream, self.trim, limits)
            self.left = len(stream)
        store.settle(self.key, stream)
        return shown(number)

    def effects(self, reply: Reply) -> list[Request]:
        assert isinstance(reply, bytes)
        trim = [b"MAXLEN", b"=", b"%d" % self.left] if self.trim.strategy else []
        return [[b"XADD", self.key, *trim, reply, *self.entry]]

    def next_id(self, stream: Stream, now: int) -> int:
        """The id of the new entry. Raises CommandError if there can't be one."""
        last = stream.last
        if last == HIGHEST:
            raise CommandError(EXHAUSTED)
        if self.id is None:
            return max(now << 64, last + 1)
        number, whole = self.id
        if not whole and number >> 64 == last >> 64:
            number = last + 1
            if not number & SEQUENCE - 1:
                raise CommandError(TOO_LARGE)  # says Redis
        if number <= last:
            raise CommandError(TOO_SMALL)
        return number


class XTrim(StreamCommand, flags=WRITE):
    """Removes the oldest entries; returns how many."""

    tips = BY_CHANCE
    key = Key()
    trim = TrimOptions(adds=False)

    def execute(self, session: ClientSession) -> Reply:
        stream = session.store.lookup(self.key, Stream)
        if stream is None:
            return 0
        removed = trimmed(stream, self.trim, session.state.settings)
        if removed:
            session.store.settle(self.key, stream)
            session.store.count(removed - 1)
        self.journal = [[b"XTRIM", self.key, b"MAXLEN", b"=", b"%d" % len(stream)]]
        return removed


class XDel(StreamCommand, flags=WRITE | FAST):
    """Removes entries; returns how many there were."""

    key = Key()
    ids = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        stream = session.store.lookup(self.key, Stream)
        if stream is None:
            return 0
        removed = sum(map(stream.delete, [parse_id(raw) for raw in self.ids]))
        if removed:
            session.store.settle(self.key, stream)
            session.store.count(removed - 1)
        self.journal = [self.request]
        return removed


class XLen(StreamCommand, flags=READ | FAST):
    """The number of entries."""

    key = Key()

    def execute(self, session: ClientSession) -> Reply:
        return len(session.store.lookup(self.key, Stream) or ())


class XSetId(StreamCommand, flags=WRITE | DENYOOM | FAST):
    """Sets the last id of a stream, and what else a file knows of it."""

    key = Key()
    last = StreamId()
    rest = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        added, max_deleted = self.options(Words(self.rest))
        stream = session.store.lookup(self.key, Stream)
        if stream is None:
            raise CommandError(NO_SUCH_KEY)
        if len(stream) and self.last < stream.final:
            raise CommandError(
                "ERR The ID specified in XSETID is smaller than the target stream top item"
            )
        if added is not None and added < len(stream):
            raise CommandError(
                "ERR The entries_added specified in XSETID is smaller than the target stream length"
            )
        stream.last = self.last
        stream.added = stream.added if added is None else added
        stream.max_deleted = max_deleted or stream.max_deleted
        session.store.count(1)
        self.journal = [self.request]
        return OK

    def options(self, words: Words) -> tuple[int | None, int]:
        """How many entries were ever added, and the greatest id that was deleted; 0: none was."""
        added, max_deleted = None, 0
        while words:
            match words.next().upper():
                case b"ENTRIESADDED" if words:
                    added = ADDED.convert(words.next())
                case b"MAXDELETEDID" if words:
                    max_deleted = parse_id(words.next())
                    if self.last < max_deleted:
                        raise CommandError(TOO_FAR)
                case _:
                    raise CommandError(SYNTAX_ERROR)
        return added, max_deleted


ADDED = Integer(low=0, range_error="ERR entries_added must be positive")
TOO_FAR = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"


# --- XRANGE --------------------------------------------------------------------------------------


def told(entries: Iterable[Entry]) -> list[Reply]:
    """Entries as a reply."""
    return [[shown(number), words] for number, words in entries]


class XRangeCommand(StreamCommand, abstract=True, flags=READ):
    """XRANGE and XREVRANGE."""

    key = Key()
    interval = Interval()
    count = Option("COUNT", Integer())
    reverse = False

    def execute(self, session: ClientSession) -> Reply:
        stream = session.store.lookup(self.key, Stream)
        if stream is None:
            return []
        if self.count is not None and self.count <= 0:
            return NULL_ARRAY
        found = (stream.backwards if self.reverse else stream.between)(*self.interval)
        return told(islice(found, self.count))


class XRange(XRangeCommand):
    """The entries with ids from start to end, both included."""


class XRevRange(XRangeCommand):
    """The entries with ids from end down to start, both included."""

    interval = Interval(reverse=True)
    reverse = True


# --- XREAD ---------------------------------------------------------------------------------------

UNBALANCED = (
    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified."
)
ONLY_NEW = (
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer>"
    " option."
)
NO_DOLLAR = (
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this"
    " consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just"
    " return an empty result set."
)
GONE = CommandError("UNBLOCKED the stream key no longer exists")
NOT_IN_SCRIPTS = "ERR {} command is not allowed with BLOCK option from scripts"
GROUP_GONE = CommandError("NOGROUP the consumer group this client was blocked on no longer exists")


class Streams(Field[list[tuple[bytes, bytes]]]):
    """`STREAMS key [key ...] id [id ...]`: the keys with their ids, as they were sent."""

    least = 3
    variable = True
    movable = True
    keyword = b"STREAMS"
    kind = "key"
    default: list[tuple[bytes, bytes]] = []  # noqa: RUF012 - never changed

    def take(self, words: Words) -> list[tuple[bytes, bytes]]:
        if words.peek().upper() != self.keyword or len(words) < 2:
            raise CommandError(SYNTAX_ERROR)
        words.next()
        if len(words) % 2:
            raise CommandError(UNBALANCED)
        given = words.several(len(words))
        half = len(given) // 2
        return list(zip(given[:half], given[half:], strict=True))

    def keys(self, value: list[tuple[bytes, bytes]]) -> Iterator[bytes]:
        return (key for key, _ in value)


class OnlyForGroups(Optional[None]):
    """The options of XREADGROUP that XREAD refuses by name."""

    words = ("GROUP", "NOACK")

    def take_option(self, word: str, words: Words) -> None:
        if word == "GROUP" and len(words) < 2:
            raise CommandError(SYNTAX_ERROR)
        raise CommandError(
            f"ERR The {word} option is only supported by XREADGROUP. You called XREAD instead."
        )


class Seen(NamedTuple):
    """What a client that waits has seen of a key."""

    stream: Stream | None
    appended: int


class Reading(StreamCommand, abstract=True):
    """XREAD and XREADGROUP."""

    kind: type = Stream
    timeout: float = 0
    timeout_reply: Reply = NULL_ARRAY
    empty_reply: Reply = NULL_ARRAY
    lost_reply: Reply = None
    counts_late = False

    block = Option(
        "BLOCK",
        Integer(
            low=0,
            error="ERR timeout is not an integer or out of range",
            range_error="ERR timeout is negative",
        ),
    )
    count = Option("COUNT", Integer())

    def prepare(self, session: ClientSession) -> None:
        """Notes what is seen now of each key, for the case that the client has to wait.

        Raises CommandError in a script, which can't.
        """
        if self.block is not None and session.scripted:
            raise CommandError(NOT_IN_SCRIPTS.format(text_of(self.request[0])))
        self.seen: dict[bytes, Seen] = {}

    def see(self, session: ClientSession, key: bytes) -> Stream | None:
        """The stream under `key`, which has been seen from now on. Raises CommandError."""
        stream = session.store.lookup(key, Stream)
        self.seen[key] = Seen(stream, stream.appended if stream else 0)
        return stream

    def look_again(self, session: ClientSession) -> None:
        """Looks all keys up once more, for nothing: so does Redis, and INFO counts it."""
        if self.block is None:  # `attempt` looks them up, too
            for key in self.keys():
                session.store.find(key)

    def wait(self, session: ClientSession) -> Reply:
        """Nothing is there: waits, if the client wants to."""
        if self.block is None:
            return NULL_ARRAY
        self.timeout = self.block / 1000
        return session.block(self)

    def waits_for(self) -> list[bytes]:
        """The keys."""
        return self.keys()

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """What has been added since the client last looked; None if that is nothing."""
        stream, before = session.store.find(key), self.seen[key]
        if not isinstance(stream, Stream) or before == (stream, stream.appended):
            return None
        self.seen[key] = Seen(stream, stream.appended)
        found = self.late(session, key, stream)
        return None if found is None else shaped(session, [(key, found)])

    def late(self, session: ClientSession, key: bytes, stream: Stream) -> list[Reply] | None:
        """The entries for a client that has waited for this key; None: there are none for it."""
        raise NotImplementedError

    def most(self) -> int | None:
        """How many entries to return of each stream; None: all."""
        return self.count if self.count and self.count > 0 else None


def shaped(session: ClientSession, found: list[tuple[bytes, list[Reply]]]) -> Reply:
    """What was found in each stream: a map in RESP3, pairs in RESP2.

    It is not a dict: a client may ask for the same stream twice, and gets it twice.
    """
    if session.protocol == 2:
        return [list(pair) for pair in found]
    body = b"".join([encode(item, 3) for pair in found for item in pair])
    return Encoded(b"%%%d\r\n%b" % (len(found), body))


class XRead(Reading, flags=READ | Flags.BLOCKING):
    """The entries of several streams after an id in each; waits for one, if need be."""

    refused = OnlyForGroups()
    streams = Streams()

    def execute(self, session: ClientSession) -> Reply:
        self.prepare(session)
        self.after: dict[bytes, int] = {}
        found: list[tuple[bytes, list[Reply]]] = []
        asked: list[tuple[bytes, Stream, int]] = []
        for key, raw in self.streams:
            stream = self.see(session, key)
            if raw == b"$":
                after = stream.last if stream else 0
            elif raw == b">":
                raise CommandError(ONLY_NEW)
            else:
                after = parse_id(raw)
            self.after[key] = after
            if stream:
                asked.append((key, stream, after))
        self.look_again(session)
        for key, stream, after in asked:
            if after < stream.final:
                found.append((key, self.entries(stream, after)))
        return shaped(session, found) if found else self.wait(session)

    def entries(self, stream: Stream, after: int) -> list[Reply]:
        """The entries with greater ids."""
        return told(islice(stream.between(after + 1, HIGHEST), self.most()))

    def late(self, session: ClientSession, key: bytes, stream: Stream) -> list[Reply] | None:
        after = self.after[key]
        return self.entries(stream, after) if stream.last > after else None


# --- XREADGROUP ----------------------------------------------------------------------------------


class GroupOption(Optional["tuple[bytes, bytes] | None"]):
    """`GROUP group consumer`, which must be there."""

    words = ("GROUP",)
    least = 3

    def take_option(self, word: str, words: Words) -> tuple[bytes, bytes]:
        return words.next(), words.next()


class XReadGroup(Reading, flags=WRITE | Flags.BLOCKING):
    """Reads streams as a consumer of a group: what is new (`>`), or what it has not acknowledged."""

    asks = True
    lost_reply = GONE

    member = GroupOption()
    noack = Flag("NOACK")
    streams = Streams()

    def execute(self, session: ClientSession) -> Reply:
        if self.member is None:
            raise CommandError("ERR Missing GROUP option for XREADGROUP")
        self.prepare(session)
        self.journal: list[Request] = []
        asked = [self.resolved(session, key, raw) for key, raw in self.streams]
        self.look_again(session)
        found: list[tuple[bytes, list[Reply]]] = []
        for key, stream, after in asked:
            group = stream.groups[self.member[0]]
            if after is None and stream.final <= group.last:
                continue
            consumer = self.consumer(session, key, group)
            session.store.count(1)
            if after is None:
                found.append((key, self.new(session, key, stream, group, consumer)))
            else:
                found.append((key, self.history(session, stream, consumer, after)))
        return shaped(session, found) if found else self.wait(session)

    def resolved(
        self, session: ClientSession, key: bytes, raw: bytes
    ) -> tuple[bytes, Stream, int | None]:
        """A key, its stream, and the id after which history is asked for (None: what is new)."""
        assert self.member
        group = self.member[0]
        stream = self.see(session, key)
        if stream is None or group not in stream.groups:
            raise CommandError(
                f"NOGROUP No such key '{text_of(key)}' or consumer group '{text_of(group)}' in"
                " XREADGROUP with GROUP option"
            )
        if raw == b"$":
            raise CommandError(NO_DOLLAR)
        after = None if raw == b">" else parse_id(raw)
        return key, stream, None if after == HIGHEST else after

    def consumer(self, session: ClientSession, key: bytes, group: Group) -> Consumer:
        """The consumer, which is created if need be."""
        assert self.member
        consumer, created = active(session, group, self.member[1])
        if created:
            self.journal.append([b"XGROUP", b"CREATECONSUMER", key, *self.member])
        return consumer

    def history(
        self, session: ClientSession, stream: Stream, consumer: Consumer, after: int
    ) -> list[Reply]:
        """The entries that the consumer has not acknowledged; of a deleted one, only the id."""
        now = session.store.clock()
        found: list[Reply] = []
        for number in islice(consumer.pending.between(after + 1, HIGHEST), self.most()):
            words = stream.get(number)
            found.append([shown(number), NULL_ARRAY if words is None else words])
            if words is not None:
                pending = consumer.pending.by_id[number]
                pending.delivered = now
                pending.count += 1
        return found

    def new(
        self, session: ClientSession, key: bytes, stream: Stream, group: Group, consumer: Consumer
    ) -> list[Reply]:
        """The entries that the group has not had yet. They are pending from now on."""
        assert self.member
        now = session.store.clock()
        entries = list(islice(stream.between(group.last + 1, HIGHEST), self.most()))
        for number, _ in entries:
            if group.read is not None and not stream.has_gaps(number):
                group.read += 1
            elif stream.added:
                group.read = stream.position(number)
            group.last = number
            if not self.noack:
                group.deliver(number, consumer, Pending(None, now))
        if entries and not self.noack:
            ids = [number for number, _ in entries]
            self.journal.append(claim(key, self.member[0], ids, Pending(consumer, now)))
        self.journal.append(set_id(key, self.member[0], group))
        return told(entries)

    def late(self, session: ClientSession, key: bytes, stream: Stream) -> list[Reply] | None:
        assert self.member
        group = stream.groups.get(self.member[0])
        if group is None:
            raise GROUP_GONE
        if stream.last <= group.last:
            return None
        self.journal = []
        consumer = self.consumer(session, key, group)
        session.store.count(1)
        return self.new(session, key, stream, group, consumer)


def active(session: ClientSession, group: Group, name: bytes) -> tuple[Consumer, bool]:
    """The consumer of that name, who is active now, and whether it had to be created."""
    now = session.store.clock()
    consumer = group.consumers.get(name)
    if consumer is not None:
        consumer.seen = now
        return consumer, False
    session.store.count(1)
    consumer = group.consumers[name] = Consumer(name, now)
    return consumer, True


def claim(key: bytes, name: bytes, ids: Iterable[int], pending: Pending) -> Request:
    """The request after which entries are pending as they are now."""
    assert pending.consumer
    words = [b"TIME", b"%d" % pending.delivered, b"RETRYCOUNT", b"%d" % pending.count]
    who = pending.consumer.name
    return [b"XCLAIM", key, name, who, b"0", *map(shown, ids), *words, b"FORCE", b"JUSTID"]


def set_id(key: bytes, name: bytes, group: Group) -> Request:
    """The request after which a group has read as far as it has now."""
    read = b"%d" % (-1 if group.read is None else group.read)
    return [b"XGROUP", b"SETID", key, name, shown(group.last), b"ENTRIESREAD", read]


# --- XGROUP --------------------------------------------------------------------------------------

NEEDS_KEY = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use"
    " the MKSTREAM option to create an empty stream automatically."
)


def no_group(key: bytes, name: bytes) -> CommandError:
    """The error for a group that is not there, in XGROUP and XINFO."""
    return CommandError(
        f"NOGROUP No such consumer group '{text_of(name)}' for key name '{text_of(key)}'"
    )


class XGroup(StreamCommand, Family, name="XGROUP", flags=Flags.NONE):
    """Consumer groups."""

    categories = ()


class GroupCommand(StreamCommand, abstract=True, flags=WRITE):
    """A member of the family XGROUP."""

    key = Key()
    name_of_group = Bulk()

    def stream(self, session: ClientSession) -> Stream:
        """The stream, which has to be there."""
        stream = session.store.lookup(self.key, Stream)
        if stream is None:
            raise CommandError(NEEDS_KEY)
        return stream

    def find(self, stream: Stream) -> Group:
        """The group, which has to be there."""
        group = stream.groups.get(self.name_of_group)
        if group is None:
            raise no_group(self.key, self.name_of_group)
        return group

    def changed(self, session: ClientSession) -> None:
        """A group has changed, which does not count as a change of the key."""
        session.store.count(1)
        self.journal = [self.request]

    def options(self, words: list[bytes], *, creates: bool) -> tuple[bool, int | None]:
        """MKSTREAM, which only CREATE knows, and ENTRIESREAD."""
        make, read = False, None
        rest = iter(words)
        for word in rest:
            if creates and word.upper() == b"MKSTREAM":
                make = True
            elif word.upper() == b"ENTRIESREAD" and (raw := next(rest, None)) is not None:
                number = integer(raw)
                if number < -1:
                    raise CommandError("ERR value for ENTRIESREAD must be positive or -1")
                read = None if number == -1 else number
            else:
                raise wrong_form(self.request)
        return make, read


class XGroupCreate(GroupCommand, name="XGROUP CREATE", flags=WRITE | DENYOOM):
    """Creates a group that has read up to id; with MKSTREAM the stream, too."""

    id = Bulk()
    rest = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        make, read = self.options(self.rest, creates=True)
        stream = session.store.lookup(self.key, Stream)
        if stream is None and not make:
            raise CommandError(NEEDS_KEY)
        if len(self.rest) > 3:
            raise wrong_form(self.request)
        last = (stream.last if stream else 0) if self.id == b"$" else parse_id(self.id)
        if stream is None:
            stream = Stream()
            session.store.settle(self.key, stream)
            session.store.count(-1)
        if self.name_of_group in stream.groups:
            raise CommandError("BUSYGROUP Consumer Group name already exists")
        stream.groups[self.name_of_group] = Group(last, read)
        session.store.count(1)
        self.journal = [self.resolved(last)]
        return OK

    def resolved(self, last: int) -> Request:
        """The request with the id in place of `$`, which may be another one when it is replayed."""
        return [*self.request[:4], shown(last), *self.request[5:]]


class XGroupSetId(GroupCommand, name="XGROUP SETID"):
    """Sets up to which id a group has read."""

    id = Bulk()
    rest = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        _, read = self.options(self.rest, creates=False)
        stream = self.stream(session)
        group = self.find(stream)
        if len(self.rest) > 2:
            raise wrong_form(self.request)
        group.last = stream.last if self.id == b"$" else parse_end(self.id, 0)
        group.read = read
        session.store.count(1)
        self.journal = [set_id(self.key, self.name_of_group, group)]
        return OK


class XGroupDestroy(GroupCommand, name="XGROUP DESTROY"):
    """Removes a group: 1, or 0 if it does not exist."""

    def execute(self, session: ClientSession) -> Reply:
        stream = self.stream(session)
        if stream.groups.pop(self.name_of_group, None) is None:
            return 0
        stream.appended += 1  # whoever waits as a consumer of it has to notice
        session.state.note(session.index, self.key)
        session.store.count(1)
        self.journal = [self.request]
        return 1


class XGroupCreateConsumer(GroupCommand, name="XGROUP CREATECONSUMER", flags=WRITE | DENYOOM):
    """Creates a consumer: 1, or 0 if it exists."""

    consumer = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        group = self.find(self.stream(session))
        if self.consumer in group.consumers:
            return 0
        active(session, group, self.consumer)
        self.journal = [self.request]
        return 1


class XGroupDelConsumer(GroupCommand, name="XGROUP DELCONSUMER"):
    """Removes a consumer; returns how many entries were pending for it."""

    consumer = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        group = self.find(self.stream(session))
        consumer = group.consumers.pop(self.consumer, None)
        if consumer is None:
            return 0
        for number in consumer.pending.ids:
            group.pending.remove(number)
        self.changed(session)
        return len(consumer.pending)


class XGroupHelp(Help, name="XGROUP HELP"):
    """Says which subcommands there are."""

    group = "stream"


# --- pending entries -----------------------------------------------------------------------------


def find_group(session: ClientSession, key: bytes, name: bytes) -> tuple[Stream, Group]:
    """The stream and its group. Raises CommandError if there is no such group."""
    stream = session.store.lookup(key, Stream)
    if stream is None or name not in stream.groups:
        raise CommandError(
            f"NOGROUP No such key '{text_of(key)}' or consumer group '{text_of(name)}'"
        )
    return stream, stream.groups[name]


class XAck(StreamCommand, flags=WRITE | FAST):
    """A consumer is done with entries; returns how many were pending."""

    asks = True
    key = Key()
    name_of_group = Bulk()
    ids = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        stream = session.store.lookup(self.key, Stream)
        group = stream.groups.get(self.name_of_group) if stream else None
        if group is None:
            return 0
        done = sum(map(group.acknowledge, [parse_id(raw) for raw in self.ids]))
        session.store.count(done)
        self.journal = [self.request]
        return done


class XPending(StreamCommand, flags=READ):
    """What is pending in a group: a summary, or entry by entry."""

    tips = BY_CHANCE
    key = Key()
    name_of_group = Bulk()
    rest = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        idle, words = 0, self.rest
        if words and not 3 <= len(words) <= 6:
            raise CommandError(SYNTAX_ERROR)
        if words and words[0].upper() == b"IDLE":
            idle, words = integer(words[1]), words[2:]
            if len(words) < 3:
                raise CommandError(SYNTAX_ERROR)
        if not words:
            return self.summary(find_group(session, self.key, self.name_of_group)[1])
        count = max(integer(words[2]), 0)
        first, last = first_id(words[0]), last_id(words[1])
        group = find_group(session, self.key, self.name_of_group)[1]
        pending: PendingList | None = group.pending
        if len(words) > 3:
            consumer = group.consumers.get(words[3])
            pending = consumer.pending if consumer else PendingList()
        assert pending is not None
        now = session.store.clock()
        found = ((number, pending.by_id[number]) for number in pending.between(first, last))
        wanted: Iterator[Reply] = (
            [shown(number), one.consumer.name, max(now - one.delivered, 0), one.count]
            for number, one in found
            if one.consumer and now - one.delivered >= idle
        )
        return list(islice(wanted, count))

    def summary(self, group: Group) -> Reply:
        """How many, the lowest and the highest id, and how many for each consumer that has any."""
        ids = group.pending.ids
        if not ids:
            return [0, None, None, NULL_ARRAY]
        each = [
            [consumer.name, b"%d" % len(consumer.pending)]
            for consumer in group.sorted_consumers()
            if len(consumer.pending)
        ]
        return [len(ids), shown(ids[0]), shown(ids[-1]), each]


class Claiming(StreamCommand, abstract=True, flags=WRITE | FAST):
    """XCLAIM and XAUTOCLAIM."""

    asks = True
    tips = BY_CHANCE
    key = Key()
    name_of_group = Bulk()
    name_of_consumer = Bulk()
    consumer: Consumer | None = None
    """The consumer that takes the entries, from the first one on."""
    created = False

    def begin(self) -> None:
        """Nothing has been taken yet."""
        self.noted: list[tuple[int, Pending]] = []
        self.dropped: list[int] = []

    def take(
        self, session: ClientSession, group: Group, number: int, count: int, when: int
    ) -> Pending:
        """The entry is pending for the consumer now, with this count and time of deliveries."""
        consumer = self.claimant(session, group)
        group.deliver(number, consumer, Pending(None, when, count))
        session.store.count(1)
        pending = group.pending.by_id[number]
        self.noted.append((number, pending))
        return pending

    def claimant(self, session: ClientSession, group: Group) -> Consumer:
        """The consumer that gets the entries; it is created for the first of them."""
        if self.consumer is None:
            self.consumer, self.created = active(session, group, self.name_of_consumer)
        return self.consumer

    def drop(self, session: ClientSession, group: Group, number: int) -> None:
        """The entry is not in the stream any more, so nobody can be done with it."""
        group.acknowledge(number)
        self.dropped.append(number)
        session.store.count(1)

    def write_down(self) -> None:
        """Notes what has been done, with the times and counts that came of it."""
        key, name = self.key, self.name_of_group
        self.journal = []
        if self.created:
            self.journal.append([b"XGROUP", b"CREATECONSUMER", key, name, self.name_of_consumer])
        if self.dropped:
            self.journal.append([b"XACK", key, name, *map(shown, self.dropped)])
        alike = groupby(self.noted, lambda one: (one[1].delivered, one[1].count))
        for _, group in alike:
            entries = list(group)
            ids = [number for number, _ in entries]
            self.journal.append(claim(key, name, ids, entries[0][1]))


MIN_IDLE = Integer(error="ERR Invalid min-idle-time argument for XCLAIM")


class XClaim(Claiming):
    """Takes over pending entries that were idle for long enough; returns them."""

    idle = Bulk()
    rest = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        stream, group = find_group(session, self.key, self.name_of_group)
        idle = MIN_IDLE.convert(self.idle)
        now = session.store.clock()
        ids, options = self.split(self.rest)
        self.read_options(options, now)
        moved = self.last is not None and self.last > group.last
        if moved and self.last is not None:
            group.last = self.last
        when = now if self.when is None or not 0 <= self.when <= now else self.when
        self.begin()
        found: list[Reply] = []
        for number in ids:
            words = stream.get(number)
            pending = group.pending.by_id.get(number)
            if words is None:
                if pending:
                    self.drop(session, group, number)
                continue
            if pending is None and not self.force:
                continue
            if pending and now - pending.delivered < max(idle, 0):
                continue
            count = pending.count if pending else 1
            if self.retries is not None and self.retries >= 0:
                count = self.retries
            elif not self.just_id:
                count += 1
            self.take(session, group, number, count, when)
            found.append(shown(number) if self.just_id else [shown(number), words])
        self.write_down()
        if moved:
            session.store.count(0 if self.noted or self.dropped else 1)
            self.journal = [*self.journal, set_id(self.key, self.name_of_group, group)]
        return found

    def split(self, words: list[bytes]) -> tuple[list[int], list[bytes]]:
        """The ids, and the words from the first one on that is none."""
        ids: list[int] = []
        for at, word in enumerate(words):
            try:
                ids.append(parse_id(word))
            except CommandError:
                return ids, words[at:]
        return ids, []

    def read_options(self, words: list[bytes], now: int) -> None:
        """Reads what follows the ids. Raises CommandError."""
        self.force = self.just_id = False
        self.when: int | None = None
        self.retries: int | None = None
        self.last: int | None = None
        rest = Words(words)
        while rest:
            match (word := rest.next()).upper():
                case b"FORCE":
                    self.force = True
                case b"JUSTID":
                    self.just_id = True
                case b"IDLE" if rest:
                    self.when = now - option_of_claim("IDLE", rest)
                case b"TIME" if rest:
                    self.when = option_of_claim("TIME", rest)
                case b"RETRYCOUNT" if rest:
                    self.retries = option_of_claim("RETRYCOUNT", rest)
                case b"LASTID" if rest:
                    self.last = parse_id(rest.next())
                case _:
                    raise CommandError(f"ERR Unrecognized XCLAIM option '{text_of(word)}'")


def option_of_claim(name: str, words: Words) -> int:
    """The value of an option of XCLAIM. Raises CommandError."""
    return Integer(error=f"ERR Invalid {name} option argument for XCLAIM").convert(words.next())


TOO_MANY: Final = 1 << 40
"""Entries to claim at once, for which Redis finds no memory."""


class XAutoClaim(Claiming):
    """Takes over entries that were idle for long enough, from an id on: the next id, the entries."""

    idle = Integer(error="ERR Invalid min-idle-time argument for XAUTOCLAIM")
    start = Start()
    count = Option(
        "COUNT", Integer(low=1, high=INT64_MAX // 16, error="ERR COUNT must be > 0"), default=100
    )
    just_id = Flag("JUSTID")

    def execute(self, session: ClientSession) -> Reply:
        stream, group = find_group(session, self.key, self.name_of_group)
        if self.count > TOO_MANY:
            raise CommandError(
                "ERR Insufficient memory, failed allocating transient memory, COUNT too high."
            )
        now = session.store.clock()
        self.begin()
        found: list[Reply] = []
        most = self.count * ATTEMPTS
        # A list, as the pending ones change meanwhile. The one after the last shows where to go on.
        waiting = list(islice(group.pending.between(self.start, HIGHEST), most + 1))
        looked = 0
        for number in waiting[:most]:
            if len(found) + len(self.dropped) == self.count:
                break
            looked += 1
            words = stream.get(number)
            pending = group.pending.by_id[number]
            if words is None:
                self.drop(session, group, number)
            elif now - pending.delivered >= self.idle or self.idle <= 0:
                count = pending.count + (not self.just_id)
                self.take(session, group, number, count, now)
                found.append(shown(number) if self.just_id else [shown(number), words])
        self.write_down()
        after = waiting[looked] if looked < len(waiting) else 0
        return [shown(after), found, list(map(shown, self.dropped))]


ATTEMPTS: Final = 10
"""How many entries XAUTOCLAIM looks at for each that it may return."""


# --- XINFO ---------------------------------------------------------------------------------------


class XInfo(StreamCommand, Family, name="XINFO", flags=Flags.NONE):
    """What is known about a stream."""

    categories = ()


class InfoCommand(StreamCommand, abstract=True, flags=READ):
    """A member of the family XINFO."""

    key = Key()

    def stream(self, session: ClientSession) -> Stream:
        """The stream, which has to be there."""
        stream = session.store.lookup(self.key, Stream)
        if stream is None:
            raise CommandError(NO_SUCH_KEY)
        return stream


USUAL: Final = 10
"""How many entries XINFO STREAM FULL shows of each list."""


class XInfoStream(InfoCommand, name="XINFO STREAM"):
    """Facts about a stream; with FULL its entries, groups and consumers, too."""

    rest = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        stream = self.stream(session)
        facts: dict[bytes, Reply] = {
            b"length": len(stream),
            b"radix-tree-keys": len(stream.nodes),
            b"radix-tree-nodes": branches([start.to_bytes(16, "big") for start in stream.starts]),
            b"last-generated-id": shown(stream.last),
            b"max-deleted-entry-id": shown(stream.max_deleted),
            b"entries-added": stream.added,
            b"recorded-first-entry-id": shown(stream.first),
        }
        if self.rest:
            return facts | self.full(stream, self.most())
        first = next(stream.between(0, HIGHEST), None)
        final = next(stream.backwards(0, HIGHEST), None)
        facts[b"groups"] = len(stream.groups)
        facts[b"first-entry"] = told([first])[0] if first else None
        facts[b"last-entry"] = told([final])[0] if final else None
        return facts

    def most(self) -> int | None:
        """How many entries to show of each list; None: all."""
        match [word.upper() for word in self.rest]:
            case [b"FULL"]:
                return USUAL
            case [b"FULL", b"COUNT", _]:
                count = integer(self.rest[2])
                return USUAL if count < 0 else count or None
        raise wrong_form(self.request)

    def full(self, stream: Stream, most: int | None) -> dict[bytes, Reply]:
        """The entries and the groups."""
        return {
            b"entries": told(islice(stream.between(0, HIGHEST), most)),
            b"groups": [
                self.group_in_full(stream, name, stream.groups[name], most)
                for name in sorted(stream.groups)
            ],
        }

    def group_in_full(self, stream: Stream, name: bytes, group: Group, most: int | None) -> Reply:
        """A group with its consumers, and what is pending for each."""
        pending = [(number, group.pending.by_id[number]) for number in group.pending.ids[:most]]
        return {
            b"name": name,
            b"last-delivered-id": shown(group.last),
            b"entries-read": group.read,
            b"lag": stream.lag(group),
            b"pel-count": len(group.pending),
            b"pending": [
                [shown(number), one.consumer.name, one.delivered, one.count]
                for number, one in pending
                if one.consumer
            ],
            b"consumers": [self.consumer_in_full(one, most) for one in group.sorted_consumers()],
        }

    def consumer_in_full(self, consumer: Consumer, most: int | None) -> Reply:
        """A consumer, and what is pending for it."""
        known = consumer.pending.by_id
        return {
            b"name": consumer.name,
            b"seen-time": consumer.seen,
            b"pel-count": len(consumer.pending),
            b"pending": [
                [shown(number), known[number].delivered, known[number].count]
                for number in consumer.pending.ids[:most]
            ],
        }


def branches(keys: Sequence[bytes], depth: int = 0) -> int:
    """How many nodes Redis' radix tree of these keys has: it merges bytes that do not branch."""
    if not keys:
        return 1
    first, last = keys[0], keys[-1]
    if depth == len(first):
        return 1
    if len(keys) == 1:
        return 2
    shared = next(at for at in range(depth, len(first)) if first[at] != last[at])
    if shared > depth:
        return 1 + branches(keys, shared)
    return 1 + sum(
        branches(list(group), depth + 1) for _, group in groupby(keys, lambda key: key[depth])
    )


class XInfoGroups(InfoCommand, name="XINFO GROUPS"):
    """The groups of a stream."""

    def execute(self, session: ClientSession) -> Reply:
        stream = self.stream(session)
        return [
            {
                b"name": name,
                b"consumers": len(group.consumers),
                b"pending": len(group.pending),
                b"last-delivered-id": shown(group.last),
                b"entries-read": group.read,
                b"lag": stream.lag(group),
            }
            for name, group in sorted(stream.groups.items())
        ]


class XInfoConsumers(InfoCommand, name="XINFO CONSUMERS"):
    """The consumers of a group."""

    tips = BY_CHANCE
    name_of_group = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        group = self.stream(session).groups.get(self.name_of_group)
        if group is None:
            raise no_group(self.key, self.name_of_group)
        now = session.store.clock()
        return [
            {
                b"name": consumer.name,
                b"pending": len(consumer.pending),
                b"idle": max(now - consumer.seen, 0),
            }
            for consumer in group.sorted_consumers()
        ]


class XInfoHelp(Help, name="XINFO HELP"):
    """Says which subcommands there are."""

    group = "stream"
