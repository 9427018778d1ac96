"""A keyspace whose values have types.

A value is a plain Python container, and its Python type is its Redis type:

    string  bytes                   hash        dict[bytes, bytes]
    list    collections.deque       sorted set  SortedSet
    set     set[bytes]

Every command uses two methods. `lookup` fetches a container and refuses one of the wrong type.
`settle` puts it back after a change, tells the observers, and removes a key whose container is
empty.

Invariant: no container in `data` is empty, and none leaves this step: a reply is a copy. The lock
of step 4 is gone by the time a reply is encoded, and another client may be writing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence, Sized
from typing import TypeVar

from steps.s02_resp.values import CommandError
from steps.s03_store.store import Store, Value
from steps.s06_types.zset import SortedSet

T = TypeVar("T")

TYPE_NAMES: dict[type, str] = {
    bytes: "string",
    deque: "list",
    set: "set",
    dict: "hash",
    SortedSet: "zset",
}
"""What TYPE says of each kind of value."""


def kind_of(value: Value) -> type:
    """The Python type that stands for the type of `value`: its own, or a base class."""
    kind = type(value)
    return (
        kind if kind in TYPE_NAMES else next(base for base in TYPE_NAMES if issubclass(kind, base))
    )


class WrongType(CommandError):  # noqa: N818 - it is an error reply, named as on the wire
    """A command for one type met a value of another."""

    def __init__(self) -> None:
        super().__init__("WRONGTYPE Operation against a key holding the wrong kind of value")


class Keyspace(Store):
    """Keys and their values of five types."""

    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        """The value under `key`, if it is of the Python type `kind`; None if the key is missing.

        It is the stored value itself, no copy, so that a command can change it in place. A value of
        any other type raises WrongType. An empty string (`b""`) is a value like any other.

        A key that has expired is missing, from step 7 on: only `find` knows.

        >>> keyspace = Keyspace()
        >>> keyspace.put(b"tags", {b"new"})
        >>> keyspace.lookup(b"tags", set)
        {b'new'}
        >>> keyspace.lookup(b"tags", dict)
        Traceback (most recent call last):
        steps.s06_types.keyspace.WrongType: WRONGTYPE Operation against a key ...
        """
        raise NotImplementedError("exercise 6.6")

    def settle(self, key: bytes, value: Sized) -> None:
        """Ends every change of a container: `value` is what `key` holds from now on.

        Redis has no empty list, set, hash or sorted set, so an empty container takes its key with
        it. If `value` is the very object that the key holds, changed in place, then the key goes on
        living, with the time to live that step 7 may have given it. Otherwise it is a new key, and
        replaces what was there.

        Whatever the case, observers hear exactly once that the key has changed; of a missing key
        that stays missing they hear nothing. (Which of `put`, `touch` and `discard` tell them, and
        which of them begin a new key?)

        >>> keyspace = Keyspace()
        >>> tags = {b"new"}
        >>> keyspace.settle(b"tags", tags)
        >>> tags.remove(b"new")
        >>> keyspace.settle(b"tags", tags)
        >>> keyspace.data
        {}
        """
        raise NotImplementedError("exercise 6.7")

    def members(self, key: bytes, value: Collection[bytes]) -> Sequence[bytes]:
        """The members of a set, or the fields of a hash, to choose from by position.

        The caller must not change them.
        """
        return list(value)

    def get(self, key: bytes) -> bytes | None:
        # The commands of the lower steps read strings only here, so this one check covers them all.
        return self.lookup(key, bytes)
