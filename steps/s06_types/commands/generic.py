"""The commands on keys that look at the types of their values."""

from __future__ import annotations

from steps.s03_store.store import Value
from steps.s05_commands.commands import generic
from steps.s06_types.command import Command
from steps.s06_types.keyspace import TYPE_NAMES, kind_of


class Type(Command, generic.Type):
    """The type of the value at key: string, list, set, zset, hash, or none."""

    def type_name(self, value: Value) -> str:
        return TYPE_NAMES[kind_of(value)]
