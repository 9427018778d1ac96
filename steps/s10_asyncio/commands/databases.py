"""The commands that reach beyond the selected database: MOVE, COPY, SWAPDB.

They change keys through the access methods of each keyspace, so WATCH, waiting clients and the
journal hear of it, whichever the database.
"""

from __future__ import annotations

from copy import copy

from steps.s02_resp.values import OK, CommandError, Reply
from steps.s05_commands.command import Flags
from steps.s05_commands.fields import Integer, Key, Option
from steps.s05_commands.session import CommandSession
from steps.s06_types.turns import InTurn
from steps.s07_persistence.commands import expire
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.commands.hello import SELECT_RANGE
from steps.s10_asyncio.memory.keyspace import Keyspace
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import State

SAME = "ERR source and destination objects are the same"
OUT_OF_RANGE = "ERR DB index is out of range"


def number_of_database() -> Integer:
    """A number that fits into C's int."""
    return Integer(low=-(2**31), high=2**31 - 1, range_error=SELECT_RANGE)


def database(state: State, index: int) -> Keyspace:
    """The database of that number. Raises CommandError if it does not exist."""
    if index not in state.databases:
        raise CommandError(OUT_OF_RANGE)
    return state.databases[index]


def put_with_deadline(target: Keyspace, key: bytes, value: object, deadline: int | None) -> None:
    """Keeps a value from another database, with the deadline that it had there."""
    target.put(key, value)
    if deadline is not None:
        target.expires[key] = deadline


class Move(Command, flags=Flags.WRITE | Flags.FAST):
    """Moves key to another database, if it is not there: 1, else 0."""

    key = Key()
    index = number_of_database()

    def execute(self, session: ClientSession) -> Reply:
        source, target = session.store, database(session.state, self.index)
        if source is target:
            raise CommandError(SAME)
        value = source.find(self.key)
        if value is None or target.find(self.key) is not None:
            return 0
        deadline = source.expires.get(self.key)
        source.discard(self.key)
        put_with_deadline(target, self.key, value, deadline)
        target.count(-1)  # one change, although two keys are touched
        return 1


class Copy(Command, expire.Copy, InTurn):
    """Copies the value at source, and its deadline, to destination, in any database."""

    looks_up_first = True
    index = Option("DB", number_of_database())

    def execute(self, session: CommandSession) -> Reply:
        assert isinstance(session, ClientSession)
        if self.fault or self.index is not None:
            self.check_databases(session)
        self.raise_fault()
        source = target = session.store
        if self.index is not None:
            target = database(session.state, self.index)
        if source is target:
            return super().execute(session)
        value = source.find(self.source)
        if value is None or (not self.replace and target.find(self.destination) is not None):
            return 0
        deadline = source.expires.get(self.source)
        put_with_deadline(target, self.destination, copy(value), deadline)
        return 1

    def check_databases(self, session: ClientSession) -> None:
        """Looks each database up as soon as it is read, as Redis does, until something is wrong."""
        words = iter(self.request[3:])
        for word in words:
            if word.upper() == b"DB" and (number := next(words, None)) is not None:
                database(session.state, number_of_database().convert(number))
            elif word.upper() != b"REPLACE":
                break


class SwapDb(Command, flags=Flags.WRITE | Flags.FAST):
    """Exchanges two databases: the clients of each see the keys of the other."""

    group = "server"
    categories = ("keyspace", "dangerous")

    first = Integer(low=-(2**31), high=2**31 - 1, error="ERR invalid first DB index")
    second = Integer(low=-(2**31), high=2**31 - 1, error="ERR invalid second DB index")

    def execute(self, session: ClientSession) -> Reply:
        state = session.state
        one, other = database(state, self.first), database(state, self.second)
        told = 0
        if one is not other:
            self.remove_expired(state)
            one.data, other.data = other.data, one.data
            one.expires, other.expires = other.expires, one.expires
            told = self.tell(state, self.first) + self.tell(state, self.second)
        one.count(1 - told)
        return OK

    def remove_expired(self, state: State) -> None:
        """Removes expired keys that are watched, so that no client takes one for a new key."""
        for index in (self.first, self.second):
            for key in list(state.interests[index].listeners):
                for other in (self.first, self.second):
                    state.databases[other].find(key)

    def tell(self, state: State, index: int) -> int:
        """Notifies the listeners to keys that have been exchanged; returns how many keys there are."""
        here = state.databases[index]
        there = state.databases[self.first + self.second - index]
        keys = [
            key for key in state.interests[index].listeners if key in here.data or key in there.data
        ]
        for key in keys:
            here.touch(key)
        return len(keys)
