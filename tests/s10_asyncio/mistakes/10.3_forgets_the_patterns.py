"""Tells who listens to the channel, and nobody else.

Caught by: test_a_message_for_a_pattern
"""

from __future__ import annotations

from steps.s02_resp.values import Push
from steps.s10_asyncio import hub


class Hub(hub.Hub):
    def publish(self, channel: bytes, message: bytes) -> int:
        subscribers = list(self.channels.get(channel, ()))
        for subscriber in subscribers:
            subscriber.push(Push([b"message", channel, message]))
        return len(subscribers)
