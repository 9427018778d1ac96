"""What databases hold, apart from whatever works on it: the currency between memory and files.

Writing: everything here takes `databases`, a mapping from the number of a database to anything with
`data` and `expires`; a keyspace is that. Reading gives `Contents`, which nobody else has seen yet.
The server puts them in the place of its own once a file was read to its end, so a damaged file
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from steps.s03_store.store import Value


class Holder(Protocol):
    """Values by key, and the deadlines of some keys in milliseconds since 1970."""

    data: dict[bytes, Value]
    expires: dict[bytes, int]


Databases: TypeAlias = Mapping[int, Holder]


@dataclass
class Contents:
    """The contents of one database."""

    data: dict[bytes, Value] = field(default_factory=dict)
    expires: dict[bytes, int] = field(default_factory=dict)


def picture(databases: Databases) -> dict[int, Contents]:
    """The databases as they are now, for a file that is written while they go on changing.

    The caller holds every lock meanwhile, so that no command is half done. Strings are shared, for
    they never change; containers are copied. Both run at the speed of C: a million strings cost
    about 0.1 s and 100 bytes each, and the slow part, turning all of it into bytes, needs no lock.

    Redis forks instead: the child has a picture for nothing, and the kernel copies a page when
    somebody writes to it. In Python that is no bargain. A fork takes one thread along and every
    lock as it stood, so the child can wait for ever for a thread that it does not have; and whoever
    looks at an object writes its reference count, so nearly all pages get copied after all. Windows
    has no fork.
    """
    return {number: _copied(holder) for number, holder in databases.items()}


def _copied(holder: Holder) -> Contents:
    # Copying the whole dictionary and then mending what is shared is twice as fast as putting
    # it together key by key: most values are strings.
    data = holder.data.copy()
    containers = [item for item in data.items() if type(item[1]) is not bytes]
    for key, value in containers:
        data[key] = copy(value)
    return Contents(data, holder.expires.copy())
