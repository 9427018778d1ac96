"""The commands on hashes. https://redis.io/docs/latest/commands/?group=hash"""

from __future__ import annotations

import random
from collections.abc import Iterable

from steps.s02_resp.values import (
    INT64_MAX,
    INT64_MIN,
    OK,
    Bulks,
    CommandError,
    Reply,
    Request,
    parse_int64,
)
from steps.s03_store.store import OVERFLOW
from steps.s05_commands import fields
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.fields import Bulk, Integer, Key, Maybe, OneOf, Pairs, Rest, Word
from steps.s05_commands.longdouble import LIMIT, add_long_doubles, parse_long_double
from steps.s06_types.command import ANY_ORDER, BY_CHANCE, Command
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.session import TypesSession
from steps.s06_types.shapes import check_pairs, choose, pairs, random_count

NOT_AN_INTEGER = "ERR hash value is not an integer"
NOT_A_FLOAT = "ERR hash value is not a float"
INFINITE = "ERR value is NaN or Infinity"


def set_fields(keyspace: Keyspace, key: bytes, items: Iterable[tuple[bytes, bytes]]) -> int:
    """Gives fields of the hash at `key`, a `dict`, their values; returns how many fields are new."""
    stored = keyspace.lookup(key, dict)
    if stored is None:
        stored = {}
    new = 0
    for field, value in items:
        new += field not in stored
        stored[field] = value
    keyspace.settle(key, stored)  # an update is a change, too
    return new


def increment_field(keyspace: Keyspace, key: bytes, field: bytes, amount: int) -> int:
    """HINCRBY: adds `amount` to the number in a field of the hash at `key`, and returns the sum.

    A field that is not there counts as 0, and so does one of a hash that is not there. The field
    keeps the sum as decimal digits, and observers hear of the change.

    CommandError(NOT_AN_INTEGER) if the field holds anything but a 64-bit integer in decimal, such as
    b"1.5" or b" 7"; CommandError(OVERFLOW) if the sum is not one (from INT64_MIN to INT64_MAX). Either
    way nothing has changed: a hash that was not there is still not there, and nobody hears anything.

    https://redis.io/docs/latest/commands/hincrby/

    >>> keyspace = Keyspace()
    >>> increment_field(keyspace, b"user", b"visits", 2)
    2
    >>> increment_field(keyspace, b"user", b"visits", -5)
    -3
    """
    raise NotImplementedError("exercise 6.5")


class LongDouble(Word[bytes]):
    """A field: a number for HINCRBYFLOAT, kept as text, since no Python type is as exact."""

    kind = "double"

    def convert(self, raw: bytes) -> bytes:
        number = parse_long_double(raw)
        if number is None:
            raise CommandError(fields.NOT_A_FLOAT)
        if abs(number) >= LIMIT:
            raise CommandError(INFINITE)
        return raw


class HashCommand(Command, abstract=True):
    """A command of the group `hash`."""

    group = "hash"


# --- writing -------------------------------------------------------------------------------------


class HSet(HashCommand, flags=WRITE | DENYOOM | FAST):
    """Sets fields to values; returns how many fields are new."""

    key = Key()
    items = Pairs(Bulk(), Bulk(), error="ERR wrong number of arguments for 'hset' command")

    def execute(self, session: TypesSession) -> Reply:
        new = set_fields(session.store, self.key, self.items)
        if len(self.items) > 1:
            session.store.count(len(self.items) - 1)
        return new


class HMSet(HSet):
    """HSET as it was before Redis 4, with OK as its reply."""

    items = Pairs(Bulk(), Bulk(), error="ERR wrong number of arguments for 'hmset' command")

    def execute(self, session: TypesSession) -> Reply:
        super().execute(session)
        return OK


class HSetNX(HashCommand, flags=WRITE | DENYOOM | FAST):
    """Sets field to value if the field is not there: 1, else 0."""

    key = Key()
    field = Bulk()
    value = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        if self.field in (session.store.lookup(self.key, dict) or ()):
            return 0
        return set_fields(session.store, self.key, [(self.field, self.value)])


class HDel(HashCommand, flags=WRITE | FAST):
    """Removes fields; returns how many there were."""

    key = Key()
    names = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        stored = session.store.lookup(self.key, dict)
        if stored is None:
            return 0
        removed = sum(stored.pop(field, None) is not None for field in self.names)
        if removed:
            session.store.settle(self.key, stored)
            session.store.count(removed - 1)
        return removed


class HIncrBy(HashCommand, flags=WRITE | DENYOOM | FAST):
    """Adds amount to the number in field and returns the sum."""

    key = Key()
    field = Bulk()
    amount = Integer()

    def execute(self, session: TypesSession) -> Reply:
        return increment_field(session.store, self.key, self.field, self.amount)


class HIncrByFloat(HashCommand, flags=WRITE | DENYOOM | FAST):
    """Adds amount to the number in field, whole or not, and returns the sum as a string."""

    key = Key()
    field = Bulk()
    amount = LongDouble()

    def execute(self, session: TypesSession) -> Reply:
        old = (session.store.lookup(self.key, dict) or {}).get(self.field, b"0")
        total = add_long_doubles(old, self.amount, NOT_A_FLOAT)
        set_fields(session.store, self.key, [(self.field, total)])
        return total

    def effects(self, reply: Reply) -> list[Request]:
        # The sum, not the addition: a machine with another long double would round otherwise.
        return [[b"HSET", self.key, self.field, reply]] if isinstance(reply, bytes) else []


# --- reading -------------------------------------------------------------------------------------


class HGet(HashCommand, flags=READ | FAST):
    """The value of field, or null."""

    key = Key()
    field = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        stored = session.store.lookup(self.key, dict)
        return stored.get(self.field) if stored else None


class HMGet(HashCommand, flags=READ | FAST):
    """The value of each of the fields, null for a missing one."""

    key = Key()
    names = Rest(Bulk())

    def execute(self, session: TypesSession) -> Reply:
        stored = session.store.lookup(self.key, dict) or {}
        return [stored.get(field) for field in self.names]


class HGetAll(HashCommand, flags=READ):
    """All fields and their values."""

    tips = ANY_ORDER
    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return dict(session.store.lookup(self.key, dict) or {})


class HKeys(HashCommand, flags=READ):
    """All fields."""

    tips = ANY_ORDER
    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return Bulks(session.store.lookup(self.key, dict) or ())


class HVals(HashCommand, flags=READ):
    """The values of all fields."""

    tips = ANY_ORDER
    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return Bulks((session.store.lookup(self.key, dict) or {}).values())


class HLen(HashCommand, flags=READ | FAST):
    """The number of fields."""

    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        return len(session.store.lookup(self.key, dict) or ())


class HStrLen(HashCommand, flags=READ | FAST):
    """The length of the value of field, in bytes; 0 if there is no such field."""

    key = Key()
    field = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        return len((session.store.lookup(self.key, dict) or {}).get(self.field, b""))


class HExists(HashCommand, flags=READ | FAST):
    """1 if the hash has this field, else 0."""

    key = Key()
    field = Bulk()

    def execute(self, session: TypesSession) -> Reply:
        return int(self.field in (session.store.lookup(self.key, dict) or ()))


class HRandField(HashCommand, flags=READ):
    """A random field; or count different ones; or, with a negative count, that many with repeats."""

    tips = BY_CHANCE
    key = Key()
    count = random_count()
    values = Maybe(OneOf("WITHVALUES"))

    def execute(self, session: TypesSession) -> Reply:
        if self.values:
            check_pairs(self.count)
        stored = session.store.lookup(self.key, dict) or {}
        names = session.store.members(self.key, stored)
        if self.count is None:
            return random.choice(names) if names else None
        if not self.values:
            return choose(names, self.count)
        return pairs(session, [(field, stored[field]) for field in choose(names, self.count)])
