"""Answers to steps/s10_asyncio/waiting_list.py."""

from __future__ import annotations

from steps.s10_asyncio import waiting_list


class Waiting(waiting_list.Waiting):
    def serve(self, key: bytes) -> None:
        # A dict keeps the order of arrival; a set would serve the waiters in any order. Waking all
        # of them to compete for the item would be unfair, and all but one would do it in vain.
        for waiter in list(self.by_key.get(key, ())):
            if self.interest.store.find(key) is None:
                break
            if waiter not in self.by_key.get(key, ()):
                continue
            reply = waiter.attempt(key)
            if reply is not None:
                self.remove(waiter)
                waiter.wake(reply)
