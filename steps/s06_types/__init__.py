"""Step 6: lists, sets, hashes and sorted sets, and the error for a value of another type.

Adds a keyspace whose values have types, and the commands on them. `python -m steps.s06 serve` runs
it.
"""

from __future__ import annotations

from steps.s06_types import (
    hashes,
    keys,
    lab,
    lists,
    sets,
    sort,
    sorted_algebra,
    sorted_ranges,
    sorted_sets,
)
from steps.s06_types.command import REGISTRY, Command
from steps.s06_types.hashes import set_fields
from steps.s06_types.keyspace import TYPE_NAMES, Keyspace, WrongType
from steps.s06_types.lists import LEFT, RIGHT, pop, push
from steps.s06_types.ranges import slice_bounds
from steps.s06_types.server import TypesServer
from steps.s06_types.session import Session
from steps.s06_types.sets import DIFF, INTER, UNION, add_members, algebra
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
    "Keyspace",
    "Session",
    "SortedSet",
    "State",
    "TypesServer",
    "WrongType",
    "add_members",
    "algebra",
    "hashes",
    "keys",
    "lab",
    "lists",
    "pop",
    "push",
    "set_fields",
    "sets",
    "slice_bounds",
    "sort",
    "sorted_algebra",
    "sorted_ranges",
    "sorted_sets",
]
