"""Tells each client once, however it listens.

Caught by: test_who_listens_three_times_hears_three_times
"""

from __future__ import annotations

from steps.s02_resp.values import Push
from steps.s05_commands.glob import matches
from steps.s10_asyncio import hub


class Hub(hub.Hub):
    def publish(self, channel: bytes, message: bytes) -> int:
        told = dict.fromkeys(self.channels.get(channel, ()))
        for subscriber in told:
            subscriber.push(Push([b"message", channel, message]))
        for pattern, subscribers in list(self.patterns.items()):
            if matches(pattern, channel):
                for subscriber in subscribers.keys() - told.keys():
                    subscriber.push(Push([b"pmessage", pattern, channel, message]))
                    told[subscriber] = None
        return len(told)
