"""The commands on strings. https://redis.io/docs/latest/commands/?group=string"""

from __future__ import annotations

from steps.s02_resp.values import INT64_MAX, INT64_MIN, OK, CommandError, Reply
from steps.s04_threads.session import check_and_set
from steps.s05_commands.command import Command, Flags
from steps.s05_commands.fields import Bulk, Choice, Flag, Integer, Key, Pairs, Rest
from steps.s05_commands.session import Session

READ = Flags.READONLY
WRITE = Flags.WRITE
FAST = Flags.FAST
DENYOOM = Flags.DENYOOM


class StringCommand(Command, abstract=True):
    """A command of the group `string`."""

    group = "string"


class Get(StringCommand, flags=READ | FAST):
    """The string at key, or null."""

    key = Key()

    def execute(self, session: Session) -> Reply:
        return session.store.get(self.key)


class Set(StringCommand, flags=WRITE | DENYOOM):
    """Keeps value at key: always, only if the key is not there (NX), or only if it is (XX)."""

    key = Key()
    value = Bulk()
    condition = Choice("NX", "XX")
    get = Flag("GET")

    def execute(self, session: Session) -> Reply:
        nx, xx = self.condition == "NX", self.condition == "XX"
        written, old = session.store.set_if(self.key, self.value, nx=nx, xx=xx)
        if self.get:
            return old
        return OK if written else None


class IncrBy(StringCommand, flags=WRITE | DENYOOM | FAST):
    """Adds amount to the number at key and returns the sum."""

    key = Key()
    amount = Integer()

    def execute(self, session: Session) -> Reply:
        return session.store.increment(self.key, self.amount)


class Incr(StringCommand, flags=WRITE | DENYOOM | FAST):
    """Adds 1 to the number at key and returns the sum."""

    key = Key()

    def execute(self, session: Session) -> Reply:
        return session.store.increment(self.key, 1)


class MSetNX(StringCommand, flags=WRITE | DENYOOM):
    """Sets all keys, or, if one of them is there already, none: 1 or 0."""

    pairs = Pairs(Key(), Bulk(), error="ERR wrong number of arguments for 'msetnx' command")

    def execute(self, session: Session) -> Reply:
        return int(check_and_set(session.store, session.state.locks, dict(self.pairs)))


class Del(StringCommand, flags=WRITE):
    """Removes keys; returns how many there were."""

    group = "generic"
    names = Rest(Key())

    def execute(self, session: Session) -> Reply:
        return session.store.delete(self.names)
