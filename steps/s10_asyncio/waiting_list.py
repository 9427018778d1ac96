"""Clients that wait, as in BLPOP on an empty list.

A waiting client costs no thread and no loop: it is an entry under each key it waits for. When one
of these keys changes, it is noted as ready; after the command that changed it, the clients under
it are served, in the order in which they came. A waiting session is paused, and continues with its
next request once it is served or its time is up.

Source: https://redis.io/docs/latest/commands/blpop/
"""

from __future__ import annotations

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
    """One client that waits for one of some keys."""

    def __init__(
        self,
        keys: Sequence[bytes],
        attempt: Attempt,
        wake: Callable[[Reply], None],
        timeout_reply: Reply = NULL_ARRAY,
    ) -> None:
        self.keys = list(dict.fromkeys(keys))
        self.attempt = attempt
        self.wake = wake
        self.timeout_reply = timeout_reply
        self.timer: Timer | None = None


class Waiting:
    """The clients that wait for keys of one keyspace."""

    def __init__(self, interest: Interest, spectators: dict[Spectator, None]) -> None:
        """Joins the `spectators` of commands while one of its keys is ready."""
        self.interest = interest
        self.by_key: dict[bytes, dict[Waiter, None]] = {}
        self.ready: dict[bytes, None] = {}
        self.spectators = spectators

    def add(self, waiter: Waiter) -> None:
        """`waiter` waits, after all who came before."""
        for key in waiter.keys:
            self.by_key.setdefault(key, {})[waiter] = None
            self.interest.add(key, self.note)

    def remove(self, waiter: Waiter) -> None:
        """`waiter` no longer waits: it was served, its time is up, or its client is gone."""
        if waiter.timer:
            waiter.timer.cancel()
        for key in waiter.keys:
            there = self.by_key.get(key, {})
            there.pop(waiter, None)
            if not there:
                self.by_key.pop(key, None)
                self.interest.remove(key, self.note)

    def note(self, key: bytes) -> None:
        """The keyspace says that `key` has changed. Waiting clients are served after the command."""
        self.ready[key] = None
        self.spectators[self.serve_ready] = None

    def serve(self, key: bytes) -> None:
        """Serves the clients that wait for `key`, the first that came first, as far as it goes.

        For each waiter under `key` in `self.by_key`, in order (there may be none: what one takes
        from a key changes it too, so `serve` is called for it once more):

        - If the key is gone (`self.interest.store.find(key)` is None), nothing is left: stop.
        - `waiter.attempt(key)` tries to take what it waits for, and returns the reply. None means
          that this one cannot use what is there (BLPOP for a set), but the next one may.
        - With a reply, it no longer waits (`self.remove(waiter)`) and is woken:
          `waiter.wake(reply)`.

        Remove before you wake: a client that is woken may add to the key at once, and must not be
        served a second time; or it waits again, after the others. All of that changes `by_key`
        during your loop, so loop over a copy; a waiter that has left in the meantime is not
        served, and one that has come waits for the next change.

        https://redis.io/docs/latest/commands/blpop/ describes the order.
        """
        raise NotImplementedError("exercise 10.6")

    def serve_ready(self, session: Any, command: object) -> None:
        """Serves all keys that are ready, and those that become ready by it; after a whole EXEC."""
        if session.executing:
            return
        while self.ready:
            key = next(iter(self.ready))
            del self.ready[key]
            self.serve(key)
        self.spectators.pop(self.serve_ready, None)

    def expire(self, waiter: Waiter) -> None:
        """The time of `waiter` is up: it gets its null."""
        self.remove(waiter)
        waiter.wake(waiter.timeout_reply)
