"""The commands of transactions. https://redis.io/docs/latest/commands/?group=transactions"""

from __future__ import annotations

from steps.s02_resp.values import OK, CommandError, Reply
from steps.s05_commands.command import FAST, NOT_SCRIPTED, Flags
from steps.s05_commands.fields import Key, Rest
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.transaction import ABORTED_FOR

TRANSACTION = NOT_SCRIPTED | FAST | Flags.ALLOW_BUSY


class TransactionCommand(Command, abstract=True):
    """A command of the group `transactions`."""

    group = "transactions"


class Multi(TransactionCommand, flags=TRANSACTION):
    """Begins a transaction: the commands that follow are queued."""

    def execute(self, session: ClientSession) -> Reply:
        session.transaction.begin()
        session.guard()
        return OK


class Exec(TransactionCommand, flags=NOT_SCRIPTED | Flags.SKIP_SLOWLOG):
    """Runs the queued commands, all or, if a watched key has changed, none."""

    @classmethod
    def wrong_arity(cls) -> CommandError:
        return CommandError(f"{ABORTED_FOR}wrong number of arguments for 'exec' command")

    def execute(self, session: ClientSession) -> Reply:
        return session.execute_queue()


class Discard(TransactionCommand, flags=TRANSACTION):
    """Forgets the queued commands."""

    def execute(self, session: ClientSession) -> Reply:
        if not session.transaction.open:
            raise CommandError("ERR DISCARD without MULTI")
        session.transaction.discard()
        session.guard()
        return OK


class WatchCommand(TransactionCommand, name="WATCH", flags=TRANSACTION):
    """Makes the next EXEC run only if none of the keys has changed by then."""

    names = Rest(Key())

    def execute(self, session: ClientSession) -> Reply:
        if session.transaction.open:
            raise CommandError("ERR WATCH inside MULTI is not allowed")
        for key in self.names:
            session.transaction.watch.add(session.interest(), key)
        return OK


class Unwatch(TransactionCommand, flags=TRANSACTION):
    """Stops watching all keys."""

    def execute(self, session: ClientSession) -> Reply:
        session.transaction.watch.clear()
        return OK
