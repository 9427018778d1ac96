"""Wakes a client that is still in the queue.

Caught by: test_one_adds_an_item_at_once
"""

from __future__ import annotations

from steps.s10_asyncio import waiting_list


class Waiting(waiting_list.Waiting):
    def serve(self, key: bytes) -> None:
        for waiter in list(self.by_key.get(key, ())):
            if self.interest.store.find(key) is None:
                break
            if waiter not in self.by_key.get(key, ()):
                continue
            reply = waiter.attempt(key)
            if reply is not None:
                waiter.wake(reply)
                self.remove(waiter)
