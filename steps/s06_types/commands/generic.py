"""The commands on keys that look at the types of their values."""

from __future__ import annotations

from typing import ClassVar

from steps.s05_commands.commands import generic
from steps.s06_types.command import Command
from steps.s06_types.keyspace import TYPE_NAMES


class Type(Command, generic.Type):
    """The type of the value at key: string, list, set, zset, hash, or none."""

    names: ClassVar[dict[type, str]] = TYPE_NAMES
