"""Wakes everybody, with whatever there is.

Caught by: test_nobody_is_woken_for_nothing
"""

from __future__ import annotations

from steps.s10_asyncio import waiting_list


class Waiting(waiting_list.Waiting):
    def serve(self, key: bytes) -> None:
        for waiter in list(self.by_key.get(key, ())):
            if waiter not in self.by_key.get(key, ()):
                continue
            reply = waiter.attempt(key) if self.interest.store.find(key) is not None else None
            self.remove(waiter)
            waiter.wake(reply)
