"""The commands of publish and subscribe. https://redis.io/docs/latest/commands/?group=pubsub"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Push, Replies, Reply
from steps.s05_commands.command import ANYTIME, Family, Flags
from steps.s05_commands.fields import Bulk, Maybe, Rest, Words
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.hub import Listeners
from steps.s10_asyncio.session import ClientSession

PUBSUB = Flags.PUBSUB | ANYTIME
LISTEN = PUBSUB | Flags.NOSCRIPT
TOO_MANY = "ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP."


class PubSubCommand(Command, abstract=True):
    """A command of the group `pubsub`."""

    group = "pubsub"


class Listening(PubSubCommand, abstract=True):
    """SUBSCRIBE and its variants, which differ in the kind of names: channels or patterns."""

    patterns = False

    def own(self, session: ClientSession) -> dict[bytes, None]:
        """What the client listens to."""
        return session.patterns if self.patterns else session.channels

    def all(self, session: ClientSession) -> Listeners:
        """What all clients listen to."""
        return session.state.hub.patterns if self.patterns else session.state.hub.channels

    def told(self, session: ClientSession, name: bytes | None) -> Push:
        """The confirmation: what happened, to which name, how many the client listens to now."""
        count = len(session.channels) + len(session.patterns)
        return Push([self.name.lower(), name, count])


class Subscribe(Listening, flags=LISTEN):
    """Subscribes to channels: messages published there are sent to this client."""

    names = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        replies = Replies()
        for name in self.names:
            self.own(session)[name] = None
            session.state.hub.join(self.all(session), name, session)
            replies.append(self.told(session, name))
        session.guard()
        return replies


class PSubscribe(Subscribe, flags=LISTEN):
    """Subscribes to all channels that match patterns."""

    patterns = True


class Unsubscribe(Listening, flags=LISTEN):
    """Unsubscribes from channels; without a name, from all."""

    names = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        replies = Replies()
        for name in self.names or list(self.own(session)):
            self.own(session).pop(name, None)
            session.state.hub.leave(self.all(session), name, session)
            replies.append(self.told(session, name))
        session.guard()
        return replies or Replies([self.told(session, None)])


class PUnsubscribe(Unsubscribe, flags=LISTEN):
    """Unsubscribes from patterns; without a name, from all."""

    patterns = True


class Publish(PubSubCommand, flags=PUBSUB | Flags.FAST):
    """Sends message to all subscribers of channel; returns how many there were."""

    channel = Bulk()
    message = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        return session.state.hub.publish(self.channel, self.message)


class PubSubFamily(Command, Family, name="PUBSUB", flags=Flags.NONE):
    """The subscriptions."""

    group = "pubsub"


class PubSubHelp(Help, name="PUBSUB HELP"):
    """Says which subcommands there are."""

    group = "pubsub"
    categories = ()


class PubSubChannels(PubSubCommand, name="PUBSUB CHANNELS", flags=PUBSUB):
    """The channels that have subscribers."""

    pattern = Maybe(Bulk())

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        return CommandError(TOO_MANY)

    def execute(self, session: ClientSession) -> Reply:
        return session.state.hub.active(self.pattern)


class PubSubNumSub(PubSubCommand, name="PUBSUB NUMSUB", flags=PUBSUB):
    """How many subscribers each of the channels has."""

    channels = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        return session.state.hub.listening(self.channels)


class PubSubNumPat(PubSubCommand, name="PUBSUB NUMPAT", flags=PUBSUB):
    """How many patterns have subscribers."""

    def execute(self, session: ClientSession) -> Reply:
        return len(session.state.hub.patterns)
