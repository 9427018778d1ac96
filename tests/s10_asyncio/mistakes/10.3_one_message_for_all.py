"""Sends the message of the channel to who listens to a pattern.

Caught by: test_a_message_for_a_pattern
"""

from __future__ import annotations

from steps.s02_resp.values import Push
from steps.s05_commands.glob import matches
from steps.s10_asyncio import hub


class Hub(hub.Hub):
    def publish(self, channel: bytes, message: bytes) -> int:
        listeners = list(self.channels.get(channel, ()))
        for pattern, subscribers in self.patterns.items():
            if matches(pattern, channel):
                listeners += subscribers
        for subscriber in listeners:
            subscriber.push(Push([b"message", channel, message]))
        return len(listeners)
