"""Step 6: lists, sets, hashes and sorted sets, and the error for a value of another type.

Adds a keyspace whose values have types, and the commands on them. `python -m steps.s06 serve` runs
it.

Read first: keyspace.py, zset.py and commands/lists.py.

    challenges/                 whole modules to write, from a specification
    challenges/bitmaps.py       SETBIT, BITCOUNT, BITFIELD: the bits of a string
    challenges/geo.py           GEOADD, GEOSEARCH: positions, and who is near
    challenges/hyperloglog.py   PFADD, PFCOUNT: about how many different elements there are
    command.py                  the base class, errors and tips that the commands share
    commands/                   the commands of this step
    commands/generic.py         commands on any key that look at its type
    commands/hashes.py          HSET, HGET and the other commands on hashes
    commands/lcs.py             LCS: what two strings have in common. You may skip it
    commands/lists.py           LPUSH, LPOP and the other commands on lists
    commands/lpos.py            LPOS: a whole command to write
    commands/sets.py            SADD, SINTER and the other commands on sets
    commands/sort.py            SORT
    commands/sorted_algebra.py  ZUNION, ZINTER, ZDIFF
    commands/sorted_ranges.py   ZRANGE and its family: by rank, score or member
    commands/sorted_sets.py     ZADD, ZSCORE and others on single members
    keyspace.py                 a store that knows the type of each value
    ranges.py                   positions in a list, and the ends of a range in a sorted set
    server.py                   the server of step 6
    session.py                  what commands may expect of a session
    shapes.py                   replies that differ between RESP2 and RESP3; random choice
    state.py                    a keyspace with types, and the registry
    turns.py                    which of two errors comes first
    zset.py                     the sorted set
"""

from __future__ import annotations

from steps.s05_commands.session import CommandSession
from steps.s06_types import challenges, commands
from steps.s06_types.command import REGISTRY, Command
from steps.s06_types.commands.hashes import increment_field, set_fields
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
    "challenges",
    "commands",
    "increment_field",
    "pop",
    "push",
    "set_fields",
    "slice_bounds",
]
