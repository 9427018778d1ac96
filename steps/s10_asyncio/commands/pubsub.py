"""The commands of publish and subscribe. https://redis.io/docs/latest/commands/?group=pubsub"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Push, Replies, Reply
from steps.s05_commands.command import ANYTIME, Family, Flags
from steps.s05_commands.fields import Bulk, Key, Maybe, Rest, Words
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.hub import Listeners
from steps.s10_asyncio.session import ClientSession

PUBSUB = Flags.PUBSUB | ANYTIME
LISTEN = PUBSUB | Flags.NOSCRIPT
NOT_HERE = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"
TOO_MANY = "ERR unknown subcommand or wrong number of arguments for '{}'. Try PUBSUB HELP."


class PubSubCommand(Command, abstract=True):
    """A command of the group `pubsub`."""

    group = "pubsub"


class Listening(PubSubCommand, abstract=True):
    """SUBSCRIBE and its variants, which differ in the kind of names."""

    kind = "channels"
    """The attribute of a session, and of the hub, that holds such names."""

    def own(self, session: ClientSession) -> dict[bytes, None]:
        """What the client listens to."""
        own: dict[bytes, None] = getattr(session, self.kind)
        return own

    def all(self, session: ClientSession) -> Listeners:
        """What all clients listen to."""
        listeners: Listeners = getattr(session.state.hub, self.kind)
        return listeners

    def told(self, session: ClientSession, name: bytes | None) -> Push:
        """The confirmation: what happened, to which name, how many the client listens to now."""
        return Push([self.name.lower(), name, self.count(session)])

    def confirmed(self, session: ClientSession, replies: Replies) -> Reply:
        """The replies. They are messages: a client that wants no replies gets these all the same."""
        session.guard()
        for message in replies if session.muted else ():
            session.push(message)
        return replies

    def count(self, session: ClientSession) -> int:
        """How many channels and patterns the client listens to."""
        return len(session.channels) + len(session.patterns)


class Subscribe(Listening, flags=LISTEN):
    """Subscribes to channels: messages published there are sent to this client."""

    names = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        replies = Replies()
        for name in self.names:
            self.own(session)[name] = None
            session.state.hub.join(self.all(session), name, session)
            replies.append(self.told(session, name))
        return self.confirmed(session, replies)


class PSubscribe(Subscribe, flags=LISTEN):
    """Subscribes to all channels that match patterns."""

    kind = "patterns"


class OfShards(Listening, abstract=True):
    """What is about the channels of a shard. They count apart, and stand where keys would."""

    kind = "shards"

    def count(self, session: ClientSession) -> int:
        return len(session.shards)


class SSubscribe(OfShards, Subscribe, flags=LISTEN):
    """Subscribes to channels of a shard."""

    names = Rest(Key())

    def execute(self, session: ClientSession) -> Reply:
        if session.executing:
            raise CommandError(NOT_HERE)
        return super().execute(session)


class Unsubscribe(Listening, flags=LISTEN):
    """Unsubscribes from channels; without a name, from all."""

    names = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        replies = Replies()
        for name in self.names or list(self.own(session)):
            self.own(session).pop(name, None)
            session.state.hub.leave(self.all(session), name, session)
            replies.append(self.told(session, name))
        return self.confirmed(session, replies or Replies([self.told(session, None)]))


class PUnsubscribe(Unsubscribe, flags=LISTEN):
    """Unsubscribes from patterns; without a name, from all."""

    kind = "patterns"


class SUnsubscribe(OfShards, Unsubscribe, flags=LISTEN):
    """Unsubscribes from channels of a shard; without a name, from all."""

    names = Rest(Key(), least=0)


class Publish(PubSubCommand, flags=PUBSUB | Flags.FAST):
    """Sends message to all subscribers of channel; returns how many there were."""

    channel = Bulk()
    message = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        return session.state.hub.publish(self.channel, self.message)


class SPublish(PubSubCommand, flags=PUBSUB | Flags.FAST):
    """Sends message to all subscribers of a channel of a shard; returns how many there were."""

    channel = Key()
    message = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        return session.state.hub.publish_to_shard(self.channel, self.message)


class PubSubFamily(Command, Family, name="PUBSUB", flags=Flags.NONE):
    """The subscriptions."""

    group = "pubsub"


class PubSubHelp(Help, name="PUBSUB HELP"):
    """Says which subcommands there are."""

    group = "pubsub"
    categories = ()


class PubSubChannels(PubSubCommand, name="PUBSUB CHANNELS", flags=PUBSUB):
    """The channels that have subscribers."""

    kind = "channels"
    pattern = Maybe(Bulk())

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        return CommandError(TOO_MANY.format(cls.name.partition(b" ")[2].decode()))

    def execute(self, session: ClientSession) -> Reply:
        hub = session.state.hub
        return hub.active(getattr(hub, self.kind), self.pattern)


class PubSubShardChannels(PubSubChannels, name="PUBSUB SHARDCHANNELS", flags=PUBSUB):
    """The channels of shards that have subscribers."""

    kind = "shards"


class PubSubNumSub(PubSubCommand, name="PUBSUB NUMSUB", flags=PUBSUB):
    """How many subscribers each of the channels has."""

    kind = "channels"
    channels = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        hub = session.state.hub
        return hub.listening(getattr(hub, self.kind), self.channels)


class PubSubShardNumSub(PubSubNumSub, name="PUBSUB SHARDNUMSUB", flags=PUBSUB):
    """How many subscribers each of the channels of shards has."""

    kind = "shards"


class PubSubNumPat(PubSubCommand, name="PUBSUB NUMPAT", flags=PUBSUB):
    """How many patterns have subscribers."""

    def execute(self, session: ClientSession) -> Reply:
        return len(session.state.hub.patterns)
