"""Stops at the first who has no use for what is there.

Caught by: test_one_waits_for_another_type
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
            if reply is None:
                break
            self.remove(waiter)
            waiter.wake(reply)
