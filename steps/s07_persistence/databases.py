"""The contents of databases, without the code that works on them: what memory and files exchange.

Writing: everything here takes `databases`, a mapping from the number of a database to anything with
`data` and `expires`; a keyspace is that. Reading returns `Contents`, which nobody else has seen
yet. The server replaces its own with them once a file was read to its end, so a damaged file
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from steps.s03_store.store import Value


class Holder(Protocol):
    """Values by key, and the deadlines of some keys in milliseconds since 1970."""

    data: dict[bytes, Value]
    expires: dict[bytes, int]
    libraries: Sequence[bytes]
    """The code of libraries of functions. They are kept with the first database."""


Databases: TypeAlias = Mapping[int, Holder]


@dataclass
class Contents:
    """The contents of one database."""

    data: dict[bytes, Value] = field(default_factory=dict)
    expires: dict[bytes, int] = field(default_factory=dict)
    libraries: Sequence[bytes] = ()


def picture(databases: Databases) -> dict[int, Contents]:
    """The databases as they are now, for a file that is written while they keep changing.

    The caller holds every lock meanwhile, so that no command is half done. Strings are shared,
    since they never change; containers are copied. Both run at the speed of C: a million strings
    cost about 0.1 s and 100 bytes each, and the slow part, turning all of it into bytes, needs no
    lock.

    Redis forks instead: the child gets a picture for free, and the kernel copies a page when one
    of the two writes to it. In Python that does not pay. A fork copies only one thread, but every
    lock in its current state, so the child can wait for ever for a thread that it does not have.
    And reading an object writes its reference count, so nearly all pages are copied after all.
    Windows has no fork.
    """
    return {number: _copied(holder) for number, holder in databases.items()}


def _copied(holder: Holder) -> Contents:
    # Copying the whole dictionary and then replacing what must not be shared is twice as fast as
    # building it key by key, as most values are strings.
    data = holder.data.copy()
    containers = [item for item in data.items() if type(item[1]) is not bytes]
    for key, value in containers:
        data[key] = copy(value)
    return Contents(data, holder.expires.copy(), holder.libraries)
