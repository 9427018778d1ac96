"""The commands on the files. https://redis.io/docs/latest/commands/?group=server"""

from __future__ import annotations

from steps.s02_resp.values import OK, Reply, SimpleString
from steps.s05_commands.command import ANYTIME, FAST, Flags
from steps.s05_commands.commands import generic
from steps.s05_commands.fields import Flag
from steps.s05_commands.session import CommandSession
from steps.s07_persistence.command import Command
from steps.s07_persistence.session import JournalSession
from steps.s07_persistence.state import State

SAVES_FILES = Flags.ADMIN | Flags.NOSCRIPT | Flags.NO_ASYNC_LOADING


class Save(Command, flags=SAVES_FILES | Flags.NO_MULTI):
    """Writes the snapshot; all clients wait until it is on the disk."""

    group = "server"

    def execute(self, session: JournalSession) -> Reply:
        session.state.files.save()
        return OK


class FlushAll(Command, generic.FlushAll):
    """Removes all keys of all databases; with save rules, the empty snapshot is saved, too."""

    def execute(self, session: CommandSession) -> Reply:
        assert isinstance(session.state, State)
        for keyspace in session.state.databases.values():
            keyspace.clear()
        session.state.files.save_after_flush()
        return OK


class BgSave(Command, flags=SAVES_FILES):
    """Writes a snapshot of the present state in the background."""

    group = "server"
    schedule = Flag("SCHEDULE")

    def execute(self, session: JournalSession) -> Reply:
        session.state.files.background_save()
        return SimpleString("Background saving started")


class LastSave(Command, flags=ANYTIME | FAST):
    """The time of the last snapshot, in seconds since 1970."""

    group = "server"
    categories = ("admin", "dangerous")
    tips = ("nondeterministic_output",)

    def execute(self, session: JournalSession) -> Reply:
        return session.state.files.last_save // 1000


class BgRewriteAof(Command, flags=SAVES_FILES):
    """Rewrites the journal in the background: shorter, with the same result."""

    group = "server"

    def execute(self, session: JournalSession) -> Reply:
        session.state.files.rewrite()
        return SimpleString("Background append only file rewriting started")
