"""How a module brings a type of its own: strings, lists and the others are known, streams are not.

The steps below keep tables of what a type is called, how it goes to files and comes from them, how it
is measured and freed. `add_type` adds a line to each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from steps.s06_types.keyspace import TYPE_NAMES
from steps.s07_persistence.rdb.reader import VALUES
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import WRITERS
from steps.s10_asyncio.commands.object import ENCODINGS, SIZES
from steps.s10_asyncio.memory.trash import PARTS

T = TypeVar("T")


def add_type(
    kind: type[T],
    name: str,
    *,
    write: Callable[[T], tuple[int, bytes]],
    read: Mapping[int, Callable[[Source], T]],
    size: Callable[[T, int], int],
    parts: Callable[[T], list[Any]],
) -> None:
    """From now on values of the class `kind` are of the type `name`, which is their encoding, too.

    - `write` returns what an RDB file has of a value: the type byte, and what follows the key.
    - `read` has a function for each type byte: it takes the value from the file. A ValueError says
      that it makes no sense.
    - `size` returns about how many bytes a value takes, of which it measures that many items (0: all).
    - `parts` returns the lists, dicts and deques that hold the items of a large value: when it is
      removed, they are emptied little by little.

    `copy.copy` of a value must be a value of its own. `len` is the number of its items. If it may be
    there without any, it must be true nevertheless (`__bool__`): what is false takes its key with it.
    """
    TYPE_NAMES[kind] = name
    VALUES.update(read)
    WRITERS[kind] = write
    ENCODINGS[kind] = lambda value, limits: name.encode()
    SIZES[kind] = size
    PARTS[kind] = parts
