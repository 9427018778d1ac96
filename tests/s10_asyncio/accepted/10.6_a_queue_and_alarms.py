"""A deque under each key, and a list of alarms, each beside its waiter."""

from __future__ import annotations

from collections import deque
from typing import Any

from steps.s10_asyncio.waiting.keys import Timer, Waiter, WaitingList


class BlockedClients(WaitingList):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.queues: dict[bytes, deque[Waiter]] = {}
        self.alarms: list[tuple[Waiter, Timer]] = []

    def wait(self, waiter: Waiter) -> None:
        for key in waiter.keys:
            if key not in self.queues:
                self.queues[key] = deque()
                self.listen(key)
            self.queues[key].append(waiter)
        if waiter.seconds:

            def ring() -> None:
                self.leave(waiter)
                waiter.wake(waiter.timeout_reply)

            self.alarms.append((waiter, self.later(waiter.seconds, ring)))

    def leave(self, waiter: Waiter) -> None:
        for other, alarm in [pair for pair in self.alarms if pair[0] is waiter]:
            alarm.cancel()
            self.alarms.remove((other, alarm))
        for key in waiter.keys:
            queue = self.queues.get(key)
            if queue and waiter in queue:
                queue.remove(waiter)
                if not queue:
                    del self.queues[key]
                    self.ignore(key)

    def waiters(self, key: bytes) -> list[Waiter]:
        return [*self.queues.get(key, [])]

    def serve(self, key: bytes) -> None:
        untried = deque(self.waiters(key))
        while untried and self.store.find(key) is not None:
            waiter = untried.popleft()
            if waiter not in self.queues.get(key, ()):
                continue
            match waiter.attempt(key):
                case None:
                    pass
                case reply:
                    self.leave(waiter)
                    waiter.wake(reply)
