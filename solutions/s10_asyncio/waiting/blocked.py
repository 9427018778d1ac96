"""Clients that wait for a key: an entry under each of its keys, and a timer at most."""

from __future__ import annotations

from typing import Any

from steps.s10_asyncio.waiting.keys import Timer, Waiter, WaitingList


class BlockedClients(WaitingList):
    """Those that wait, under each key in the order of their arrival.

    A dict keeps that order, and finds each of them at once. Every wait ends in `leave`, so there is
    one place where something could be forgotten.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.by_key: dict[bytes, dict[Waiter, None]] = {}
        self.timers: dict[Waiter, Timer] = {}

    def wait(self, waiter: Waiter) -> None:
        """`waiter` waits, after all who came before."""
        for key in waiter.keys:
            self.by_key.setdefault(key, {})[waiter] = None
            self.listen(key)
        if waiter.seconds:
            self.timers[waiter] = self.later(waiter.seconds, lambda: self.expire(waiter))

    def expire(self, waiter: Waiter) -> None:
        """The time of `waiter` is up: it gets its null."""
        self.leave(waiter)
        waiter.wake(waiter.timeout_reply)

    def leave(self, waiter: Waiter) -> None:
        """`waiter` no longer waits: it was served, its time is up, or its client is gone."""
        if timer := self.timers.pop(waiter, None):
            timer.cancel()
        for key in waiter.keys:
            there = self.by_key.get(key, {})
            there.pop(waiter, None)
            if not there:
                self.by_key.pop(key, None)
                self.ignore(key)

    def waiters(self, key: bytes) -> list[Waiter]:
        """The clients that wait for `key`, in the order of their arrival."""
        return list(self.by_key.get(key, ()))

    def serve(self, key: bytes) -> None:
        """Serves the clients that wait for `key`, as long as something is left."""
        # `waiters` is a copy, since all may change on the way: who is in it may have left meanwhile.
        for waiter in self.waiters(key):
            if self.store.find(key) is None:
                break
            if waiter not in self.by_key.get(key, ()):
                continue
            reply = waiter.attempt(key)
            if reply is not None:
                self.leave(waiter)
                waiter.wake(reply)
