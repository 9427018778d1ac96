"""Takes an item of no bytes for none: it is gone, and nobody is told.

Caught by: test_an_item_of_no_bytes
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
            if reply:
                self.remove(waiter)
                waiter.wake(reply)
