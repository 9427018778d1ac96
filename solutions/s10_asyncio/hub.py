"""Answers to steps/s10_asyncio/hub.py."""

from __future__ import annotations

from steps.s02_resp.values import Push
from steps.s05_commands.glob import matches
from steps.s10_asyncio import hub


class Hub(hub.Hub):
    def publish(self, channel: bytes, message: bytes) -> int:
        # `list(...)` is the copy: if a subscriber leaves while a loop goes through its dictionary,
        # the loop ends with a RuntimeError, and all later subscribers miss the message.
        sent = 0
        for subscriber in list(self.channels.get(channel, ())):
            subscriber.push(Push([b"message", channel, message]))
            sent += 1
        for pattern, subscribers in list(self.patterns.items()):
            if matches(pattern, channel):
                for subscriber in list(subscribers):
                    subscriber.push(Push([b"pmessage", pattern, channel, message]))
                    sent += 1
        return sent
