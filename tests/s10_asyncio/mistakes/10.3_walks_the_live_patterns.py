"""Copies the subscribers of a pattern, and not the patterns.

Caught by: test_one_leaves_a_pattern_on_hearing
"""

from __future__ import annotations

from steps.s02_resp.values import Push
from steps.s05_commands.glob import matches
from steps.s10_asyncio import hub


class Hub(hub.Hub):
    def publish(self, channel: bytes, message: bytes) -> int:
        sent = 0
        for subscriber in list(self.channels.get(channel, ())):
            subscriber.push(Push([b"message", channel, message]))
            sent += 1
        for pattern, subscribers in self.patterns.items():
            if matches(pattern, channel):
                for subscriber in list(subscribers):
                    subscriber.push(Push([b"pmessage", pattern, channel, message]))
                    sent += 1
        return sent
