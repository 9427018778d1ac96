"""A session that shares its store with sessions in other threads.

A command reads and writes in several steps, and Python may switch to another thread between any
two of them. So a command holds the locks of its keys from its first step to its last, and no
thread keeps them while it waits for a client.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from steps.s02_resp.values import OK, CommandError, Reply, Request
from steps.s03_store.session import StoreSession
from steps.s03_store.store import Store
from steps.s04_threads.locks import Locks
from steps.s04_threads.state import State

NO_SUCH_KEY = "ERR no such key"

_FIRST = slice(1, 2)
_BOTH = slice(1, 3)
_ALL = slice(1, None)
_EVERY_OTHER = slice(1, None, 2)

KEYS: dict[bytes, slice] = {
    **dict.fromkeys([b"GET", b"SET", b"INCR", b"DECR", b"INCRBY", b"DECRBY"], _FIRST),
    **dict.fromkeys([b"DEL", b"EXISTS", b"MGET"], _ALL),
    **dict.fromkeys([b"MSET", b"MSETNX"], _EVERY_OTHER),
    b"RENAME": _BOTH,
}
"""Which words of a request are keys. A command that is not here names none."""


def check_and_set(store: Store, locks: Locks, pairs: dict[bytes, bytes]) -> bool:
    """MSETNX: sets all of `pairs` if none of the keys exists, and returns whether it did.

    If one of the keys exists, nothing at all is written; a key with an empty string exists. Of two
    threads that call this with a key in common, exactly one gets True. Threads without a common key
    do not wait for each other. The caller may hold `locks` for these keys already.
    https://redis.io/docs/latest/commands/msetnx/

    >>> store, locks = Store(), Locks()
    >>> check_and_set(store, locks, {b"a": b"1", b"b": b"2"})
    True
    >>> check_and_set(store, locks, {b"b": b"3", b"c": b"4"})
    False
    >>> store.get(b"c")
    """
    raise NotImplementedError("exercise 4.3")


class SharedSession(StoreSession):
    """The conversation with one client, over a store that clients in other threads use as well."""

    state: State

    def __init__(self, state: State) -> None:
        super().__init__(state)

    def keys(self, command: Any) -> Sequence[bytes]:
        """The keys that `command` names; none if it names no key or is about all of them."""
        where = KEYS.get(command[0].upper())
        return command[where] if where else []

    def execute(self, command: Any) -> Reply:
        """Runs `self.run(command)` and returns its reply, as if there were no other client.

        INCR reads a number, adds 1, and writes. Another thread that reads in between adds to the
        old number, and one of the two updates is lost. Only commands that have a key in common
        (`self.keys`) wait for each other (see `Locks.holding`), and no command ever waits for one
        that has ended, however it ended.

        >>> SharedSession(State()).execute([b"INCR", b"hits"])
        1
        """
        raise NotImplementedError("exercise 4.2")

    def run(self, request: Request) -> Reply:
        """Adds the commands over several keys to those of step 3."""
        store = self.store
        match [request[0].upper(), *request[1:]]:
            case [b"MGET", _, *_]:
                return [store.get(key) for key in request[1:]]
            case [b"MSET", _, _, *more] if len(more) % 2 == 0:
                for key, value in pairs(request).items():
                    store.put(key, value)
                return OK
            case [b"MSETNX", _, _, *more] if len(more) % 2 == 0:
                return int(check_and_set(store, self.state.locks, pairs(request)))
            case [b"RENAME", source, target]:
                if not store.rename(source, target):
                    raise CommandError(NO_SUCH_KEY)
                return OK
            case _:
                return super().run(request)


def pairs(request: Request) -> dict[bytes, bytes]:
    """The keys and values of `MSET key value [key value ...]`; the last value if a key comes twice."""
    return dict(list(pairwise(request[1:]))[::2])
