"""Step 6: lists, sets, hashes and sorted sets, and the error for a value of another type.

Adds a keyspace whose values have types, and the commands on them. `python -m steps.s06 serve` runs
it.
"""

from __future__ import annotations

from steps.s06_types.command import REGISTRY, Command
from steps.s06_types.keyspace import TYPE_NAMES, Keyspace, WrongType
from steps.s06_types.lists import LEFT, RIGHT, pop, push
from steps.s06_types.ranges import slice_bounds
from steps.s06_types.server import TypesServer
from steps.s06_types.session import Session
from steps.s06_types.state import State
from steps.s06_types.zset import SortedSet

__all__ = [
    "LEFT",
    "REGISTRY",
    "RIGHT",
    "TYPE_NAMES",
    "Command",
    "Keyspace",
    "Session",
    "SortedSet",
    "State",
    "TypesServer",
    "WrongType",
    "pop",
    "push",
    "slice_bounds",
]
