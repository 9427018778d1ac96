"""Publish and subscribe: messages that are sent on to all subscribers, and kept nowhere.

A hub knows who listens to what. It passes a message on as a value; the subscriber (a session)
turns it into bytes and sends it. A message is not a reply: it comes unasked.
Source: https://redis.io/docs/latest/develop/interact/pubsub/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeAlias

from steps.s02_resp.values import Push
from steps.s05_commands.glob import matches


class Subscriber(Protocol):
    """Anything that can be sent a message."""

    def push(self, message: Push) -> None:
        """Sends `message` on, now."""


Listeners: TypeAlias = dict[bytes, dict[Subscriber, None]]
"""The subscribers of each name, in order of arrival: a dict keeps the order and removes in one step."""


class Hub:
    """The subscribers of channels, of patterns, and of the channels of shards.

    In a cluster, a channel of a shard is known to the servers of one shard only. Here there is one
    server, and these channels are a second set of names.
    """

    def __init__(self) -> None:
        self.channels: Listeners = {}
        self.patterns: Listeners = {}
        self.shards: Listeners = {}

    def publish(self, channel: bytes, message: bytes) -> int:
        """Sends `message` to all subscribers of `channel`; returns how many times it was sent.

        First comes each subscriber of the channel, then, for each pattern that matches, each of its
        subscribers. A client that is subscribed to the channel and to two matching patterns gets it
        three times. A subscriber may find that its client is gone, and leave at once: so the loops go
        over copies.

        https://redis.io/docs/latest/commands/publish/
        """
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

    def publish_to_shard(self, channel: bytes, message: bytes) -> int:
        """The same for a channel of a shard, for which there are no patterns.

        https://redis.io/docs/latest/commands/spublish/
        """
        subscribers = list(self.shards.get(channel, ()))
        for subscriber in subscribers:
            subscriber.push(Push([b"smessage", channel, message]))
        return len(subscribers)

    def join(self, listeners: Listeners, name: bytes, subscriber: Subscriber) -> None:
        """`subscriber` listens to `name` from now on."""
        listeners.setdefault(name, {})[subscriber] = None

    def leave(self, listeners: Listeners, name: bytes, subscriber: Subscriber) -> None:
        """`subscriber` does not listen to `name` any more. A name without listeners is forgotten."""
        there = listeners.get(name, {})
        there.pop(subscriber, None)
        if not there:
            listeners.pop(name, None)

    def active(self, listeners: Listeners, pattern: bytes | None) -> list[bytes]:
        """The names that have subscribers and match `pattern`."""
        return [name for name in listeners if pattern is None or matches(pattern, name)]

    def listening(self, listeners: Listeners, names: Iterable[bytes]) -> list[bytes | int]:
        """Each name and how many listen to it, flat, as PUBSUB NUMSUB returns it."""
        return [item for name in names for item in (name, len(listeners.get(name, ())))]
