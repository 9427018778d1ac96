"""The commands on keys, whatever is under them. https://redis.io/docs/latest/commands/?group=generic"""

from __future__ import annotations

import random
from copy import copy

from steps.s02_resp.values import OK, CommandError, Reply, SimpleString
from steps.s03_store.store import Value
from steps.s05_commands import glob
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE, Command
from steps.s05_commands.fields import Bulk, Flag, Key, Maybe, OneOf, Rest
from steps.s05_commands.session import CommandSession

ALL_SHARDS = "request_policy:all_shards"
SUMMED = ("request_policy:multi_shard", "response_policy:agg_sum")


class Del(Command, flags=WRITE):
    """Removes keys; returns how many there were."""

    tips = SUMMED
    names = Rest(Key())

    def execute(self, session: CommandSession) -> Reply:
        return session.store.delete(self.names)


class Unlink(Del, flags=WRITE | FAST):
    """Removes keys as DEL does; Redis frees the memory later, in another thread."""


class Exists(Command, flags=READ | FAST):
    """How many of the keys are there; a key named twice counts twice."""

    tips = SUMMED
    names = Rest(Key())

    def execute(self, session: CommandSession) -> Reply:
        return session.store.exists(self.names)


class Touch(Exists):
    """How many of the keys are there; Redis also marks them as recently used."""


class Type(Command, flags=READ | FAST):
    """The type of the value at key: string, or none."""

    key = Key()

    def execute(self, session: CommandSession) -> Reply:
        value = session.store.find(self.key)
        return SimpleString("none" if value is None else self.type_name(value))

    def type_name(self, value: Value) -> str:
        """The name of the type of a value."""
        return "string"


class Rename(Command, flags=WRITE):
    """Moves the value at key to newkey, whatever was there."""

    key = Key()
    newkey = Key()

    def execute(self, session: CommandSession) -> Reply:
        if session.store.find(self.key) is None:
            raise CommandError("ERR no such key")
        if self.key != self.newkey:
            session.store.rename(self.key, self.newkey)
        return OK


class RenameNX(Command, flags=WRITE | FAST):
    """Moves the value at key to newkey if nothing is there: 1, else 0."""

    key = Key()
    newkey = Key()

    def execute(self, session: CommandSession) -> Reply:
        if session.store.find(self.key) is None:
            raise CommandError("ERR no such key")
        if session.store.find(self.newkey) is not None:
            return 0
        return int(session.store.rename(self.key, self.newkey))


class Copy(Command, flags=WRITE | DENYOOM):
    """Copies the value at source to destination if nothing is there, or with REPLACE: 1, else 0."""

    asks, asked_key = True, "source"
    source = Key()
    destination = Key()
    replace = Flag("REPLACE")

    def execute(self, session: CommandSession) -> Reply:
        if self.source == self.destination:
            raise CommandError("ERR source and destination objects are the same")
        store = session.store
        value = store.find(self.source)
        if value is None or (not self.replace and store.find(self.destination) is not None):
            return 0
        # A list under two keys would grow under both, so the second key gets a copy.
        store.put(self.destination, copy(value))
        return 1


class Keys(Command, flags=READ):
    """The keys that fit the pattern, in no order."""

    categories = ("keyspace", "dangerous")
    tips = (ALL_SHARDS, "nondeterministic_output_order")
    pattern = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        keys = session.store.keys()
        if self.pattern == b"*":
            return keys
        fits = glob.compiled(self.pattern).fullmatch
        return [key for key in keys if fits(key)]


class RandomKey(Command, flags=READ):
    """A random key, or null if there are no keys."""

    tips = (ALL_SHARDS, "nondeterministic_output")

    def execute(self, session: CommandSession) -> Reply:
        while keys := session.store.sequence():
            key = random.choice(keys)
            # A look-up removes an expired key; one that is kept all the same may be the only one.
            if session.store.find(key) is not None or key in session.store.data:
                return key
        return None


class DbSize(Command, flags=READ | FAST):
    """How many keys there are, including expired ones that have not been removed yet."""

    group = "server"
    categories = ("keyspace",)
    tips = (ALL_SHARDS, "response_policy:agg_sum")

    def execute(self, session: CommandSession) -> Reply:
        return len(session.store.data)


class FlushAll(Command, flags=WRITE):
    """Removes all keys."""

    always_noted = True
    group = "server"
    categories = ("keyspace", "dangerous")
    tips = (ALL_SHARDS, "response_policy:all_succeeded")
    mode = Maybe(OneOf("ASYNC", "SYNC"))

    def execute(self, session: CommandSession) -> Reply:
        session.store.clear()
        return OK


class FlushDb(FlushAll):
    """Removes all keys of the selected database."""
