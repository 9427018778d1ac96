"""Walks through the queue itself while it changes.

Caught by: test_first_come_first_served
"""

from __future__ import annotations

from steps.s10_asyncio import waiting_list


class Waiting(waiting_list.Waiting):
    def serve(self, key: bytes) -> None:
        for waiter in self.by_key.get(key, ()):
            if self.interest.store.find(key) is None:
                break
            reply = waiter.attempt(key)
            if reply is not None:
                self.remove(waiter)
                waiter.wake(reply)
