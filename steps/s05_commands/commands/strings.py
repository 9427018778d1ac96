"""The commands on strings. https://redis.io/docs/latest/commands/?group=string"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from steps.s02_resp.values import INT64_MIN, OK, Bulks, CommandError, Reply, Request
from steps.s04_threads.session import check_and_set
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE, Command
from steps.s05_commands.fields import Bulk, Choice, Flag, Integer, Key, Pairs, Rest
from steps.s05_commands.longdouble import add_long_doubles
from steps.s05_commands.session import CommandSession

if TYPE_CHECKING:
    from typing import Self

MAX_STRING = 512 * 1024 * 1024
"""Bytes that a string may have, as in Redis (`proto-max-bulk-len`); SETRANGE could ask for more."""
TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
MULTI_SHARD = "request_policy:multi_shard"


class StringCommand(Command, abstract=True):
    """A command of the group `string`."""

    group = "string"


# --- read and write -------------------------------------------------------------------------------


class Get(StringCommand, flags=READ | FAST):
    """The string at key, or null."""

    key = Key()

    def execute(self, session: CommandSession) -> Reply:
        return session.store.get(self.key)


class Set(StringCommand, flags=WRITE | DENYOOM):
    """Keeps value at key: always, only if the key is not there (NX), or only if it is (XX)."""

    key = Key()
    value = Bulk()
    condition = Choice("NX", "XX")
    get = Flag("GET")
    expiry: Any = None
    """Step 7 makes a field of it: when the key should expire."""
    written = False
    """Afterwards: whether the value was kept. With GET the reply does not say."""
    asked_key = "key"

    @classmethod
    def parse(cls, request: Request) -> Self:
        command = super().parse(request)
        command.reads = command.get
        return command

    def execute(self, session: CommandSession) -> Reply:
        if self.condition or self.get or self.expiry:
            return self.with_options(session)
        session.store.put(self.key, self.value)
        return OK

    def with_options(self, session: CommandSession) -> Reply:
        """Sets the value if the options allow it."""
        store = session.store
        if self.get:  # reads, and so refuses any value that is not a string
            nx, xx = self.condition == "NX", self.condition == "XX"
            self.written, old = store.set_if(self.key, self.value, nx=nx, xx=xx)
            return old
        if self.condition and (store.find(self.key) is None) == (self.condition == "XX"):
            return None
        store.put(self.key, self.value)
        self.written = True
        return OK


class GetSet(StringCommand, flags=WRITE | DENYOOM | FAST):
    """Keeps value at key and returns the string that was there, or null."""

    asks, asked_key = True, "key"
    key = Key()
    value = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        return session.store.set(self.key, self.value)


class SetNX(StringCommand, flags=WRITE | DENYOOM | FAST):
    """Keeps value at key if the key is not there: 1, else 0."""

    key = Key()
    value = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        if session.store.find(self.key) is not None:
            return 0
        session.store.put(self.key, self.value)
        return 1


class GetDel(StringCommand, flags=WRITE | FAST):
    """Removes key and returns the string that was there, or null."""

    asks, asked_key = True, "key"
    key = Key()

    def execute(self, session: CommandSession) -> Reply:
        value = session.store.get(self.key)
        session.store.discard(self.key)
        return value


# --- many keys at once ----------------------------------------------------------------------------


class MGet(StringCommand, flags=READ | FAST):
    """The strings at all keys; null for a missing one."""

    tips = (MULTI_SHARD,)
    names = Rest(Key())

    def execute(self, session: CommandSession) -> Reply:
        # A value of another type is not an error here: its reply is null.
        values = session.store.find_all(self.names)
        if set(map(type, values)) == {bytes}:
            return Bulks(values)
        return [value if isinstance(value, bytes) else None for value in values]


class MSet(StringCommand, flags=WRITE | DENYOOM):
    """Sets all keys to their values."""

    tips = (MULTI_SHARD, "response_policy:all_succeeded")
    pairs = Pairs(Key(), Bulk(), error="ERR wrong number of arguments for 'mset' command")

    def execute(self, session: CommandSession) -> Reply:
        session.store.put_all(self.pairs)
        return OK


class MSetNX(StringCommand, flags=WRITE | DENYOOM):
    """Sets all keys, or, if one of them is there already, none: 1 or 0."""

    tips = (MULTI_SHARD, "response_policy:agg_min")
    pairs = Pairs(Key(), Bulk(), error="ERR wrong number of arguments for 'msetnx' command")

    def execute(self, session: CommandSession) -> Reply:
        pairs = dict(self.pairs)
        written = check_and_set(session.store, session.state.locks, pairs)
        if written:
            session.store.count(len(self.pairs) - len(pairs))
        return int(written)


# --- parts ----------------------------------------------------------------------------------------


class StrLen(StringCommand, flags=READ | FAST):
    """The length of the string at key, in bytes."""

    key = Key()

    def execute(self, session: CommandSession) -> Reply:
        return len(session.store.peek(self.key) or b"")


class Append(StringCommand, flags=WRITE | DENYOOM | FAST):
    """Appends value to the string at key and returns the new length."""

    key = Key()
    value = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        end = len(session.store.peek(self.key) or b"")
        check_length(end + len(self.value))
        return session.store.write_at(self.key, end, self.value)


class SetRange(StringCommand, flags=WRITE | DENYOOM):
    """Overwrites the string at key from offset on and returns its length; zero bytes fill a gap."""

    key = Key()
    offset = Integer()
    value = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        if self.offset < 0:
            raise CommandError("ERR offset is out of range")
        old = session.store.peek(self.key)
        if not self.value:
            return len(old or b"")
        check_length(self.offset + len(self.value))
        return session.store.write_at(self.key, self.offset, self.value)


def check_length(length: int) -> None:
    """Refuses a string that is too long before memory is spent on it."""
    if length > MAX_STRING:
        raise CommandError(TOO_LONG)


# --- numbers --------------------------------------------------------------------------------------


class Counting(StringCommand, abstract=True, flags=WRITE | DENYOOM | FAST):
    """A command that changes the number at key."""


class Incr(Counting):
    """Adds 1 to the number at key and returns the sum."""

    key = Key()

    def execute(self, session: CommandSession) -> Reply:
        return session.store.increment(self.key, 1)


class Decr(Counting):
    """Takes 1 from the number at key and returns the difference."""

    key = Key()

    def execute(self, session: CommandSession) -> Reply:
        return session.store.increment(self.key, -1)


class IncrBy(Counting):
    """Adds amount to the number at key and returns the sum."""

    key = Key()
    amount = Integer()

    def execute(self, session: CommandSession) -> Reply:
        return session.store.increment(self.key, self.amount)


class DecrBy(Counting):
    """Takes amount from the number at key and returns the difference."""

    key = Key()
    amount = Integer()

    def execute(self, session: CommandSession) -> Reply:
        if self.amount == INT64_MIN:  # its negative does not fit into 64 bits
            raise CommandError("ERR decrement would overflow")
        return session.store.increment(self.key, -self.amount)


class IncrByFloat(Counting):
    """Adds amount to the number at key, whole or not, and returns the sum as a string."""

    key = Key()
    amount = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        old = session.store.get(self.key)
        total = add_long_doubles(b"0" if old is None else old, self.amount)
        if old is None:
            session.store.put(self.key, total)
        else:
            session.store.replace(self.key, total)
        return total

    def effects(self, reply: Reply) -> list[Request]:
        # The sum, not the addition: a machine with another long double would round otherwise.
        if not isinstance(reply, bytes):
            return []
        return [[b"SET", self.key, reply, b"KEEPTTL"]]
