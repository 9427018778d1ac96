"""One list of all who wait, in the order of their arrival; who waits for a key is looked up in it."""

from __future__ import annotations

from typing import Any

from steps.s10_asyncio.waiting.keys import Timer, Waiter, WaitingList


class BlockedClients(WaitingList):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.line: list[tuple[Waiter, Timer | None]] = []

    def wait(self, waiter: Waiter) -> None:
        for key in waiter.keys:
            self.listen(key)
        timer = (
            self.later(waiter.seconds, lambda: self.time_is_up(waiter)) if waiter.seconds else None
        )
        self.line.append((waiter, timer))

    def time_is_up(self, waiter: Waiter) -> None:
        self.leave(waiter)
        waiter.wake(waiter.timeout_reply)

    def leave(self, waiter: Waiter) -> None:
        for place in list(self.line):
            if place[0] is waiter:
                self.line.remove(place)
                if place[1]:
                    place[1].cancel()
                for key in waiter.keys:
                    if not self.waiters(key):
                        self.ignore(key)

    def waiters(self, key: bytes) -> list[Waiter]:
        return [waiter for waiter, _ in self.line if key in waiter.keys]

    def serve(self, key: bytes) -> None:
        for waiter in self.waiters(key):
            if waiter not in self.waiters(key) or self.store.find(key) is None:
                continue
            if (reply := waiter.attempt(key)) is not None:
                self.leave(waiter)
                waiter.wake(reply)
