"""A session whose changes are written down before anybody is told that they were made."""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Reply, Request
from steps.s05_commands.command import Command
from steps.s06_types.session import Session as TypesSession
from steps.s07_persistence.aof.journal import JournalError
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.state import State


class Session(TypesSession):
    """Step 6's session with a journal around every command that writes."""

    state: State
    store: Keyspace
    index = 0

    def receive(self, data: bytes) -> bytes:
        """The replies leave only once the journal has what they acknowledge: one flush a batch.

        If it can't be written, none of them leaves: which changes are safe, nobody can say. The
        client gets the reason in their place, and has to ask again. Who has only read goes on.
        """
        files = self.state.files
        before = files.here.made
        replies = super().receive(data)
        try:
            files.flush()
        except JournalError as error:
            if files.here.made == before:
                return replies
            self.close()
            return encode(error, self.protocol)
        return replies

    def run(self, command: Command, request: Request) -> Reply:
        """Runs a command; if it changed something, its effects go into the journal.

        Whether it did, the keyspaces tell: each change of this thread is counted.
        """
        files = self.state.files
        if not command.writes or files.idle():
            return command.execute(self)
        files.check()
        before = files.here.made
        reply = command.execute(self)
        if files.here.made != before:
            files.append(self.index, command.effects(request, reply))
        return reply
