"""Takes it for granted that somebody waits for the key.

Caught by: test_nobody_waits
"""

from __future__ import annotations

from steps.s10_asyncio import waiting_list


class Waiting(waiting_list.Waiting):
    def serve(self, key: bytes) -> None:
        for waiter in list(self.by_key[key]):
            if self.interest.store.find(key) is None:
                break
            if waiter not in self.by_key.get(key, ()):
                continue
            reply = waiter.attempt(key)
            if reply is not None:
                self.remove(waiter)
                waiter.wake(reply)
