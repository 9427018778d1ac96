"""Each wait is a place with a number, and every key has the places of those who wait for it.

A place that has ended says so itself: whoever comes to it later passes it by.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from steps.s10_asyncio.waiting.keys import Timer, Waiter, WaitingList


class Place:
    timer: Timer | None = None

    def __init__(self, waiter: Waiter) -> None:
        self.waiter: Waiter | None = waiter


class BlockedClients(WaitingList):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.number = 0
        self.places: dict[Waiter, Place] = {}
        self.under: defaultdict[bytes, dict[int, Place]] = defaultdict(dict)

    def wait(self, waiter: Waiter) -> None:
        self.number += 1
        place = self.places[waiter] = Place(waiter)
        for key in waiter.keys:
            self.under[key][self.number] = place
            self.listen(key)
        if waiter.seconds > 0:
            place.timer = self.later(
                waiter.seconds, lambda: self.end(waiter) and waiter.wake(waiter.timeout_reply)
            )

    def end(self, waiter: Waiter) -> bool:
        place = self.places.pop(waiter, None)
        if place is None:
            return False
        place.waiter = None
        if place.timer is not None:
            place.timer.cancel()
        for key in waiter.keys:
            rest = {number: one for number, one in self.under[key].items() if one.waiter}
            self.under[key] = rest
            if not rest:
                del self.under[key]
                self.ignore(key)
        return True

    def leave(self, waiter: Waiter) -> None:
        self.end(waiter)

    def waiters(self, key: bytes) -> list[Waiter]:
        places = self.under.get(key, {})
        return [place.waiter for _, place in sorted(places.items()) if place.waiter]

    def serve(self, key: bytes) -> None:
        for place in list(self.under.get(key, {}).values()):
            if self.store.find(key) is None:
                return
            waiter = place.waiter
            reply = waiter.attempt(key) if waiter else None
            if waiter and reply is not None and self.end(waiter):
                waiter.wake(reply)
