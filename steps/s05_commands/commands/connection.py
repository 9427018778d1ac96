"""The commands on the connection itself. https://redis.io/docs/latest/commands/?group=connection"""

from __future__ import annotations

from steps.s02_resp.values import OK, PONG, CommandError, Reply
from steps.s05_commands.command import ANYTIME, BEFORE_AUTH, FAST, Command
from steps.s05_commands.fields import Bulk, Maybe, Rest, Words
from steps.s05_commands.session import CommandSession


class ConnectionCommand(Command, abstract=True):
    """A command of the group `connection`."""

    group = "connection"


class Ping(ConnectionCommand, flags=FAST):
    """PONG, or the message: shows that the server is alive."""

    tips = ("request_policy:all_shards", "response_policy:all_succeeded")
    message = Maybe(Bulk())

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        return cls.wrong_arity()

    def execute(self, session: CommandSession) -> Reply:
        return PONG if self.message is None else self.message


class Echo(ConnectionCommand, flags=FAST | ANYTIME):
    """The message."""

    message = Bulk()

    def execute(self, session: CommandSession) -> Reply:
        return self.message


class Quit(
    ConnectionCommand,
    flags=BEFORE_AUTH,
):
    """Says OK and hangs up."""

    ignored = Rest(Bulk(), least=0)

    def execute(self, session: CommandSession) -> Reply:
        session.close()
        return OK
