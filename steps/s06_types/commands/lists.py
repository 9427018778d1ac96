"""The commands on lists. https://redis.io/docs/latest/commands/?group=list

A list is a `collections.deque`: both ends are cheap, the middle is not. `list.pop(0)` would move
all remaining items, at every pop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import compress, count, islice, repeat
from operator import eq

from steps.s02_resp.values import (
    INT64_MAX,
    NULL_ARRAY,
    OK,
    Bulks,
    CommandError,
    Reply,
    Request,
    integer,
)
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.fields import Bulk, Counted, Integer, Key, Maybe, OneOf, Option, Rest, Words
from steps.s06_types.command import NO_COUNT, NO_NUMKEYS, NO_SUCH_KEY, NOT_POSITIVE, Command
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.ranges import slice_bounds
from steps.s06_types.session import TypesSession

FEW = 8
"""Up to this many items are removed one by one, more of them in one pass through the whole list."""

COPIED = 1000
"""What stays of a longer list is copied, if that is faster than to remove the others one by one."""

OUT_OF_RANGE = "ERR index out of range"
ZERO_RANK = (
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
    "or use negative to start from the end of the list"
)
RANK_RANGE = f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}"

LEFT = "LEFT"
RIGHT = "RIGHT"


def push(keyspace: Keyspace, key: bytes, values: Iterable[bytes], end: str) -> int:
    """LPUSH and RPUSH: adds `values` at one end of the list at `key` and returns its new length.

    `end` is LEFT (the first item) or RIGHT (the last). The values go in one after the other: LPUSH
    k a b c makes the list c, b, a. A list is a `deque`; pushing to a missing key creates it. What a
    push costs does not depend on the length of the list.

    A value of another type is WRONGTYPE (see `Keyspace.lookup`), and observers hear of every change
    (see `Keyspace.settle`).

    https://redis.io/docs/latest/commands/lpush/

    >>> keyspace = Keyspace()
    >>> push(keyspace, b"k", [b"a", b"b"], LEFT)
    2
    >>> push(keyspace, b"k", [b"z"], RIGHT)
    3
    >>> pop(keyspace, b"k", 3, LEFT)
    [b'b', b'a', b'z']
    """
    raise NotImplementedError("exercise 6.1")


def pop(keyspace: Keyspace, key: bytes, count: int, end: str) -> list[bytes] | None:
    """LPOP and RPOP: takes up to `count` items from one end; None if there is no list."""
    items = keyspace.lookup(key, deque)
    if items is None:
        return None
    take = items.popleft if end == LEFT else items.pop
    taken = [take() for _ in range(min(count, len(items)))]
    if taken:
        keyspace.settle(key, items)
        if len(taken) > 1:
            keyspace.count(len(taken) - 1)
    return taken


class ListCommand(Command, abstract=True):
    """A command of the group `list`."""

    group = "list"


class Index(Bulk):
    """A field: a position. Redis looks the key up first, so it is read as a number only then."""

    kind = "integer"


class Rank(Integer):
    """A field: which match LPOS begins with; never 0.

    The lowest 64-bit number is refused, as in Redis 7.2, since its negative does not fit into 64 bits.
    """

    def __init__(self) -> None:
        super().__init__(low=-INT64_MAX, range_error=RANK_RANGE)

    def convert(self, raw: bytes) -> int:
        rank = super().convert(raw)
        if rank == 0:
            raise CommandError(ZERO_RANK)
        return rank


# --- both ends -----------------------------------------------------------------------------------


class Push(ListCommand, abstract=True, flags=WRITE | DENYOOM | FAST):
    """LPUSH and RPUSH."""

    end = LEFT

    key = Key()
    elements = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        length = push(session.store, self.key, self.elements, self.end)
        if len(self.elements) > 1:
            session.store.count(len(self.elements) - 1)
        return length


class LPush(Push):
    """Puts elements before the first item, one after the other; returns the length."""


class RPush(Push):
    """Puts elements after the last item; returns the length."""

    end = RIGHT


class PushX(Push, abstract=True):
    """LPUSHX and RPUSHX."""

    def execute(self, session: TypesSession) -> Reply:
        if session.store.lookup(self.key, deque) is None:
            return 0
        return super().execute(session)


class LPushX(PushX):
    """LPUSH, but only if there is a list already."""


class RPushX(PushX):
    """RPUSH, but only if there is a list already."""

    end = RIGHT


class Pop(ListCommand, abstract=True, flags=WRITE | FAST):
    """LPOP and RPOP."""

    end = LEFT

    key = Key()
    count = Maybe(Integer(low=0, error=NOT_POSITIVE))

    @classmethod
    def words(cls, request: Request) -> Words:
        if len(request) > 3:
            raise cls.wrong_arity()
        return super().words(request)

    def execute(self, session: TypesSession) -> Reply:
        if self.count is None:
            one = pop(session.store, self.key, 1, self.end)
            return one[0] if one else None
        many = pop(session.store, self.key, self.count, self.end)
        return NULL_ARRAY if many is None else Bulks(many)


class LPop(Pop):
    """Takes the first item, or up to count of them."""


class RPop(Pop):
    """Takes the last item, or up to count of them from the end."""

    end = RIGHT


class LMPop(ListCommand, flags=WRITE):
    """Takes items from the first of the keys that has a list: its name and the items."""

    names = Counted(Key(), count=Integer(low=1, error=NO_NUMKEYS))
    end = OneOf(LEFT, RIGHT)
    count = Option("COUNT", Integer(low=1, error=NO_COUNT), default=1, once=True)

    def execute(self, session: TypesSession) -> Reply:
        for key in self.names:
            items = pop(session.store, key, self.count, self.end)
            if items:
                return [key, items]
        return NULL_ARRAY


def move(keyspace: Keyspace, source: bytes, target: bytes, away: str, to: str) -> bytes | None:
    """Takes an item from one end of `source` and puts it at one end of `target`."""
    # The target is checked before the item is taken: an error must not lose it.
    if keyspace.lookup(source, deque) is None:
        return None
    keyspace.lookup(target, deque)
    if source == target:
        return rotate(keyspace, source, away, to)
    [item] = pop(keyspace, source, 1, away) or [b""]
    push(keyspace, target, [item], to)
    keyspace.count(-1)  # one change, although two keys are touched
    return item


def rotate(keyspace: Keyspace, key: bytes, away: str, to: str) -> bytes:
    """LMOVE within one list, which never looks empty to other clients, even if it has only one item."""
    items = keyspace.lookup(key, deque) or deque()
    item: bytes = items[0] if away == LEFT else items[-1]
    if away != to:
        items.rotate(-1 if away == LEFT else 1)
    keyspace.settle(key, items)
    return item


class LMove(ListCommand, flags=WRITE | DENYOOM):
    """Moves an item from one end of a list to one end of another, and returns it."""

    source = Key()
    destination = Key()
    wherefrom = OneOf(LEFT, RIGHT)
    whereto = OneOf(LEFT, RIGHT)

    def execute(self, session: TypesSession) -> Reply:
        return move(session.store, self.source, self.destination, self.wherefrom, self.whereto)


class RPopLPush(ListCommand, flags=WRITE | DENYOOM):
    """Moves the last item of one list to the front of another, and returns it."""

    source = Key()
    destination = Key()

    def execute(self, session: TypesSession) -> Reply:
        return move(session.store, self.source, self.destination, RIGHT, LEFT)


# --- reading -------------------------------------------------------------------------------------


class LLen(ListCommand, flags=READ | FAST):
    """The number of items of the list at key."""

    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return len(session.store.lookup(self.key, deque) or ())


class LRange(ListCommand, flags=READ):
    """The items from start to stop, both included; negative positions count from the end."""

    key = Key()
    start = Integer()
    stop = Integer()

    def execute(self, session: TypesSession) -> Reply:
        items = session.store.lookup(self.key, deque)
        if items is None:
            return []
        length = len(items)
        first, last = slice_bounds(self.start, self.stop, length)
        if first <= length - last:
            return Bulks(islice(items, first, last))
        found = Bulks(islice(reversed(items), length - last, length - first))  # the end is nearer
        found.reverse()
        return found


class LIndex(ListCommand, flags=READ):
    """The item at index, or null; a negative index counts from the end."""

    key = Key()
    index = Index()

    def execute(self, session: TypesSession) -> Reply:
        items: deque[bytes] | None = session.store.lookup(self.key, deque)
        if items is None:
            return None
        index = integer(self.index)
        return items[index] if -len(items) <= index < len(items) else None


# --- changing the middle -------------------------------------------------------------------------


class LSet(ListCommand, flags=WRITE | DENYOOM):
    """Puts element in the place of the item at index."""

    key = Key()
    index = Index()
    element = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        items = session.store.lookup(self.key, deque)
        if items is None:
            raise CommandError(NO_SUCH_KEY)
        index = integer(self.index)
        if not -len(items) <= index < len(items):
            raise CommandError(OUT_OF_RANGE)
        items[index] = self.element
        session.store.settle(self.key, items)
        return OK


class LInsert(ListCommand, flags=WRITE | DENYOOM):
    """Puts element before or after the first item that equals pivot: the length, -1 without one."""

    key = Key()
    where = OneOf("BEFORE", "AFTER")
    pivot = Bulk()
    element = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        items = session.store.lookup(self.key, deque)
        if items is None:
            return 0
        try:
            at = items.index(self.pivot)
        except ValueError:
            return -1
        items.insert(at + (self.where == "AFTER"), self.element)
        session.store.settle(self.key, items)
        return len(items)


class LRem(ListCommand, flags=WRITE):
    """Removes count items that equal element (negative: from the end; 0: all); returns how many."""

    key = Key()
    count = Integer()
    element = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        items = session.store.lookup(self.key, deque)
        if items is None:
            return 0
        length = len(items)
        walk = iter(items) if self.count >= 0 else reversed(items)
        met = compress(count(), map(eq, walk, repeat(self.element)))  # no Python code for each item
        doomed = list(islice(met, min(abs(self.count), length) or None))
        if doomed:
            remove_at(items, {at if self.count >= 0 else length - 1 - at for at in doomed})
            session.store.settle(self.key, items)
            session.store.count(len(doomed) - 1)
        return len(doomed)


def remove_at(items: deque[bytes], positions: set[int]) -> None:
    """Removes the items at `positions` from the deque itself."""
    if len(positions) <= FEW:  # each takes as long as the way to the nearer end
        for at in sorted(positions, reverse=True):
            del items[at]
        return
    kept = [item for at, item in enumerate(items) if at not in positions]
    items.clear()
    items.extend(kept)


class LTrim(ListCommand, flags=WRITE):
    """Keeps the items from start to stop, both included, and removes all others."""

    key = Key()
    start = Integer()
    stop = Integer()

    def execute(self, session: TypesSession) -> Reply:
        items = session.store.lookup(self.key, deque)
        if items is None:
            return OK
        before = len(items)
        first, last = slice_bounds(self.start, self.stop, before)
        kept = last - first
        if kept == 0:
            session.store.discard(self.key)
        elif kept < 4 * (before - kept) and before > COPIED:  # copying is faster than taking away
            session.store.replace(self.key, deque(islice(items, first, last)))
        else:
            for _ in range(before - last):
                items.pop()
            for _ in range(first):
                items.popleft()
            session.store.settle(self.key, items)
        session.store.count(before - kept - 1)
        return OK
