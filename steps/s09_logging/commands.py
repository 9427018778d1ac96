"""SLOWLOG: reads the slow log. https://redis.io/docs/latest/commands/slowlog/"""

from __future__ import annotations

from steps.s02_resp.values import OK, CommandError, Reply
from steps.s05_commands.command import ANYTIME, Family, Flags
from steps.s05_commands.commands.introspect import help_of
from steps.s05_commands.fields import Integer, Words
from steps.s09_logging.command import REGISTRY, Command
from steps.s09_logging.session import LoggingSession

TOO_MANY = "ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."
SHOWN = 10
"""How many entries SLOWLOG GET shows by default."""


class SlowLogCommand(Command, abstract=True, flags=Flags.ADMIN | ANYTIME):
    """A command of the family SLOWLOG."""

    group = "server"


class SlowLogFamily(Command, Family, name="SLOWLOG", flags=Flags.NONE):
    """The slow log."""

    group = "server"


class SlowLogGet(SlowLogCommand, name="SLOWLOG GET"):
    """The latest slow commands, 10 or as many as asked for (-1: all).

    Each has an id, the time in seconds since 1970, microseconds, the words of the request, the
    address of the client, the name of the client.
    """

    tips = ("request_policy:all_nodes", "nondeterministic_output")
    count = Integer(low=-1, default=SHOWN, error="ERR count should be greater than or equal to -1")

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        return CommandError(TOO_MANY)

    def execute(self, session: LoggingSession) -> Reply:
        return [
            [*entry[:4], entry.client.encode(), entry.client_name]
            for entry in session.state.slowlog.latest(self.count)
        ]


class SlowLogLen(SlowLogCommand, name="SLOWLOG LEN"):
    """How many entries there are."""

    tips = ("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output")

    def execute(self, session: LoggingSession) -> Reply:
        return len(session.state.slowlog)


class SlowLogReset(SlowLogCommand, name="SLOWLOG RESET"):
    """Forgets all entries."""

    tips = ("request_policy:all_nodes", "response_policy:all_succeeded")

    def execute(self, session: LoggingSession) -> Reply:
        session.state.slowlog.clear()
        return OK


class SlowLogHelp(SlowLogCommand, name="SLOWLOG HELP", flags=ANYTIME):
    """Says which subcommands there are."""

    def execute(self, session: LoggingSession) -> Reply:
        return help_of(b"SLOWLOG", REGISTRY)
