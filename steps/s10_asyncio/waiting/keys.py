"""Clients that wait for a key, as in BLPOP on an empty list: what surrounds exercise 10.6.

A waiting client costs no thread and no loop. When a key that somebody waits for changes, it is noted
as ready; after the command that changed it, the clients that wait for it are served. A waiting
session is paused, and continues with its next request once it is served or its time is up.

Source: https://redis.io/docs/latest/commands/blpop/
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from steps.s02_resp.values import NULL_ARRAY, Reply
from steps.s09_logging.state import Spectator
from steps.s10_asyncio.interest import Interest

Attempt: TypeAlias = Callable[[bytes], Reply]
"""Tries to serve a waiting client from a key: the reply, or None if there is nothing for it."""


class Timer(Protocol):
    """A scheduled call, which can be cancelled."""

    def cancel(self) -> object: ...


Later: TypeAlias = Callable[[float, Callable[[], None]], Timer]
"""Calls a function after that many seconds: the event loop's `call_later`."""


class Waiter:
    """One client that waits for one of some keys, at most for `seconds` (0: for ever)."""

    def __init__(
        self,
        keys: Sequence[bytes],
        attempt: Attempt,
        wake: Callable[[Reply], None],
        seconds: float = 0,
        timeout_reply: Reply = NULL_ARRAY,
        lost: Attempt = lambda key: None,
    ) -> None:
        """`lost` returns the reply if `key` is gone for good; None: the client goes on waiting."""
        self.keys = list(dict.fromkeys(keys))
        self.attempt = attempt
        self.wake = wake
        self.seconds = seconds
        self.timeout_reply = timeout_reply
        self.lost = lost


class WaitingList(ABC):
    """The clients that wait for keys of one keyspace."""

    def __init__(self, interest: Interest, later: Later, spectators: dict[Spectator, None]) -> None:
        """Joins the `spectators` of commands while one of its keys is ready."""
        self.interest = interest
        self.store = interest.store
        self.later = later
        self.spectators = spectators
        self.ready: dict[bytes, None] = {}

    @abstractmethod
    def wait(self, waiter: Waiter) -> None:
        """`waiter` waits, after all who came before."""

    @abstractmethod
    def leave(self, waiter: Waiter) -> None:
        """`waiter` waits no more."""

    @abstractmethod
    def waiters(self, key: bytes) -> list[Waiter]:
        """The clients that wait for `key`, in the order of their arrival."""

    @abstractmethod
    def serve(self, key: bytes) -> None:
        """Serves the clients that wait for `key`, as long as something is left."""

    def listen(self, key: bytes) -> None:
        """From now on, the keyspace tells of each change of `key`. It may be called again."""
        self.interest.add(key, self.note)

    def ignore(self, key: bytes) -> None:
        """The keyspace need not tell of `key` any more."""
        self.interest.remove(key, self.note)

    def note(self, key: bytes) -> None:
        """The keyspace says that `key` has changed. Waiting clients are served after the command."""
        self.ready[key] = None
        self.spectators[self.serve_ready] = None

    def serve_ready(self, session: Any, command: object) -> None:
        """Serves all keys that are ready, and those that become ready by it; after a whole EXEC."""
        if not session.executing:
            self.serve_all()

    def serve_all(self) -> None:
        """The same, whoever has changed the keys."""
        while self.ready:
            key = next(iter(self.ready))
            del self.ready[key]
            self.serve(key)
            self.dismiss(key)
        self.spectators.pop(self.serve_ready, None)

    def dismiss(self, key: bytes) -> None:
        """Ends the wait of those who can't go on without what `key` held: XREADGROUP on its group."""
        for waiter in self.waiters(key):
            reply = waiter.lost(key)
            if reply is not None:
                self.leave(waiter)
                waiter.wake(reply)
