"""Serves one client for each change, however many items came.

Caught by: test_first_come_first_served
"""

from __future__ import annotations

from steps.s10_asyncio import waiting_list


class Waiting(waiting_list.Waiting):
    def serve(self, key: bytes) -> None:
        for waiter in list(self.by_key.get(key, ())):
            reply = waiter.attempt(key)
            if reply is not None:
                self.remove(waiter)
                waiter.wake(reply)
                break
