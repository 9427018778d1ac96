"""Step 6: lists, sets, hashes and sorted sets, and the error for a value of another type.

Adds a keyspace whose values have types, and the commands on them. `python -m steps.s06 serve` runs
it.
"""

from __future__ import annotations

from steps.s05_commands.session import CommandSession
from steps.s06_types import commands
from steps.s06_types.command import REGISTRY, Command
from steps.s06_types.commands.hashes import set_fields
from steps.s06_types.commands.lists import LEFT, RIGHT, pop, push
from steps.s06_types.commands.sets import DIFF, INTER, UNION, add_members, algebra
from steps.s06_types.keyspace import TYPE_NAMES, Keyspace, WrongType
from steps.s06_types.ranges import slice_bounds
from steps.s06_types.server import TypesServer
from steps.s06_types.state import State
from steps.s06_types.zset import SortedSet

__all__ = [
    "DIFF",
    "INTER",
    "LEFT",
    "REGISTRY",
    "RIGHT",
    "TYPE_NAMES",
    "UNION",
    "Command",
    "CommandSession",
    "Keyspace",
    "SortedSet",
    "State",
    "TypesServer",
    "WrongType",
    "add_members",
    "algebra",
    "commands",
    "pop",
    "push",
    "set_fields",
    "slice_bounds",
]
