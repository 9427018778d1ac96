"""A session whose changes are written before they are acknowledged."""

from __future__ import annotations

import logging
from functools import cache

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError, Reply, Request
from steps.s05_commands.command import Command, Flags
from steps.s05_commands.session import CommandSession
from steps.s07_persistence.aof.journal import JournalError
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.state import State

log = logging.getLogger(__name__)


class JournalSession(CommandSession):
    """Step 5's session with a journal around every command that writes."""

    state: State
    store: Keyspace
    index = 0
    wrote = False
    """Whether a command has changed something and its reply has not been sent yet."""

    def receive(self, data: bytes) -> bytes:
        """The replies leave only once the journal has what they acknowledge: one flush per batch."""
        replies = CommandSession.receive(self, data)  # half the cost of super() in Python 3.11
        return replies if self.state.files.journal is None else self.kept(replies)

    def kept(self, replies: bytes) -> bytes:
        """`replies`, once the operating system has what they acknowledge.

        If the journal cannot be written, none of them is sent, since it is unknown which changes
        are safe. The client gets the reason instead, and has to ask again. If nothing has been
        changed, the replies are returned as they are.
        """
        wrote, self.wrote = self.wrote, False
        try:
            self.state.files.flush()
        except JournalError as error:
            return self.cannot_keep(error) if wrote else replies
        return replies

    def cannot_keep(self, error: JournalError) -> bytes:
        """The journal failed for a whole batch: the one reply to all of it, and the last."""
        self.close()
        return encode(error, self.protocol)

    def run(self, command: Command) -> Reply:  # type: ignore[override] # as in step 5
        """Runs a command; if it changed something, its effects go into the journal.

        The count of changes shows whether it did. A command that meets an expired key removes it,
        but has changed nothing itself.
        """
        if not command.writes:
            return command.execute(self)
        files = self.state.files
        if files.journal is None and files.last_ok:
            return command.execute(self)
        files.check()
        before = files.here.made
        reply = command.execute(self)
        if files.here.made != before or command.always_noted:
            self.wrote = True
            files.append(self.index, command.effects(reply))
        return reply

    def replay(self, index: int, request: Request) -> None:
        """At the start: runs a request of the journal on the database `index`.

        Raises CommandError if this server can't run such a request at all. One that fails because
        of the data changed nothing when it was written, either, so a line in the log is enough.
        """
        self.store = self.state.databases[index]
        self.index = index
        command = self.parse(request)
        if not goes_into_a_journal(type(command)):
            raise CommandError(f"a journal can't have the command '{command.full_name()}'")
        try:
            self.execute(command)
        except CommandError as error:
            log.warning("a request of the journal failed: %s: %s", request[0], error)


@cache  # testing flags is slow, and a journal may have a million requests
def goes_into_a_journal(command: type[Command]) -> bool:
    """Whether a journal may hold such a command: not if it waits, or is about a connection."""
    about_data = command.writes or not command.flags & Flags.NOSCRIPT
    return about_data and not command.flags & Flags.BLOCKING
