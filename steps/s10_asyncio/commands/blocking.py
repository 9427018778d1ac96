"""The commands that wait until a list or a sorted set has something for them.

Each is a command of step 6 with a timeout: it tries its keys in order, and if none of them has
what it wants, the session waits. Once it is served, it does what the other command does at once,
and the journal keeps that one, as a replay must not wait.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque

from steps.s02_resp.values import NULL_ARRAY, CommandError, Reply, Request
from steps.s05_commands.command import Flags
from steps.s05_commands.fields import Counted, Integer, Key, OneOf, Option, Rest, Word
from steps.s05_commands.longdouble import parse_long_double
from steps.s06_types.command import NO_COUNT, NO_NUMKEYS
from steps.s06_types.commands.lists import LEFT, RIGHT, move, pop
from steps.s06_types.commands.sorted_sets import MAX, MIN, pop_entries
from steps.s06_types.turns import InTurn
from steps.s06_types.zset import SortedSet
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.session import ClientSession

BLOCKING = Flags.WRITE | Flags.NOSCRIPT | Flags.BLOCKING
LONGEST = 2**63 / 1000
"""Seconds: Redis keeps a timeout in 64 bits of milliseconds."""


class Timeout(Word[float]):
    """How long to wait, in seconds; 0 is for ever."""

    kind = "double"

    def convert(self, raw: bytes) -> float:
        value = parse_long_double(raw)
        if value is None:
            raise CommandError("ERR timeout is not a float or out of range")
        # One that is too long is negative, too, as it comes out in C and as Redis 7.0 reports it.
        if not 0 <= value < LONGEST:
            raise CommandError("ERR timeout is negative")
        return float(value)


class WaitingCommand(Command, abstract=True, flags=BLOCKING):
    """A command that waits if it has to."""

    group = "list"
    kind: type = deque
    timeout_reply: Reply = NULL_ARRAY
    empty_reply: Reply = NULL_ARRAY
    lost_reply: Reply = None
    counts_late = True
    timeout: float = 0

    def execute(self, session: ClientSession) -> Reply:
        return session.block(self)

    def waits_for(self) -> list[bytes]:
        """The keys; the first one that has something is used."""
        return self.keys()

    @abstractmethod
    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """Takes what it wants from `key`: the reply, or None if there is nothing to be had."""


# --- lists ---------------------------------------------------------------------------------------


class PopWaiting(WaitingCommand, abstract=True):
    """BLPOP and BRPOP."""

    counts_late = False
    end = LEFT

    names = Rest(Key())
    timeout = Timeout()

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """The key and its first item, or its last."""
        items = pop(session.store, key, 1, self.end)
        return [key, *items] if items else None

    def effects(self, reply: Reply) -> list[Request]:
        assert isinstance(reply, list)
        return [[b"LPOP" if self.end == LEFT else b"RPOP", reply[0]]]


class BLPop(PopWaiting):
    """Takes the first item of the first of the lists that has one, and waits for it if need be."""


class BRPop(PopWaiting):
    """Takes the last item of the first of the lists that has one, and waits for it if need be."""

    end = RIGHT


class MoveWaiting(WaitingCommand, abstract=True):
    """BLMOVE and BRPOPLPUSH."""

    # A missing item is a null, not a null array, except at a timeout, where Redis replies to all
    # alike.
    empty_reply = None
    counts_late = False

    source = Key()
    destination = Key()
    wherefrom = RIGHT
    whereto = LEFT

    def waits_for(self) -> list[bytes]:
        return [self.source]

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """The item that was moved."""
        return move(session.store, key, self.destination, self.wherefrom, self.whereto)

    def effects(self, reply: Reply) -> list[Request]:
        ends = [self.wherefrom.encode(), self.whereto.encode()]
        return [[b"LMOVE", self.source, self.destination, *ends]]


class BLMove(MoveWaiting, flags=BLOCKING | Flags.DENYOOM):
    """Moves an item from one list to another, and waits for it if need be."""

    wherefrom = OneOf(LEFT, RIGHT)
    whereto = OneOf(LEFT, RIGHT)
    timeout = Timeout()


class BRPopLPush(MoveWaiting, flags=BLOCKING | Flags.DENYOOM):
    """Moves the last item of a list to the front of another, and waits for it if need be."""

    timeout = Timeout()


class BLMPop(WaitingCommand, InTurn, flags=Flags.WRITE | Flags.BLOCKING):
    """Takes items from the first of the lists that has any, and waits for them if need be."""

    late = ("timeout",)
    timeout = Timeout()
    names = Counted(Key(), count=Integer(low=1, error=NO_NUMKEYS))
    end = OneOf(LEFT, RIGHT)
    count = Option("COUNT", Integer(low=1, error=NO_COUNT), default=1, once=True)

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """The key and the items."""
        items = pop(session.store, key, self.count or 1, self.end)
        return [key, items] if items else None

    def effects(self, reply: Reply) -> list[Request]:
        assert isinstance(reply, list)
        name = b"LPOP" if self.end == LEFT else b"RPOP"
        return [[name, reply[0], b"%d" % len(reply[1])]]


# --- sorted sets ---------------------------------------------------------------------------------


class ZPopWaiting(WaitingCommand, abstract=True, flags=BLOCKING | Flags.FAST):
    """BZPOPMIN and BZPOPMAX."""

    group = "sorted-set"
    kind = SortedSet
    end = MIN

    names = Rest(Key())
    timeout = Timeout()

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """The key, its first or last member, and the score."""
        taken = pop_entries(session.store, key, 1, self.end)
        return [key, *taken[0]] if taken else None

    def effects(self, reply: Reply) -> list[Request]:
        assert isinstance(reply, list)
        return [[b"ZPOP" + self.end.encode(), reply[0]]]


class BZPopMin(ZPopWaiting):
    """Takes the member with the lowest score, and waits for one if need be."""


class BZPopMax(ZPopWaiting):
    """Takes the member with the highest score, and waits for one if need be."""

    end = MAX


class BZMPop(WaitingCommand, InTurn, flags=Flags.WRITE | Flags.BLOCKING):
    """Takes members from the first of the sorted sets that has any, and waits if need be."""

    group = "sorted-set"
    kind = SortedSet

    late = ("timeout",)
    timeout = Timeout()
    names = Counted(Key(), count=Integer(low=1, error=NO_NUMKEYS))
    end = OneOf(MIN, MAX)
    count = Option("COUNT", Integer(low=1, error=NO_COUNT), default=1, once=True)

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """The key and the members with their scores."""
        taken = pop_entries(session.store, key, self.count or 1, self.end)
        return [key, taken] if taken else None

    def effects(self, reply: Reply) -> list[Request]:
        assert isinstance(reply, list)
        return [[b"ZPOP" + self.end.encode(), reply[0], b"%d" % len(reply[1])]]
