"""The threaded server of step 4 with sessions that execute command objects."""

from __future__ import annotations

from steps.s04_threads.server import ThreadedServer
from steps.s05_commands.session import CommandSession
from steps.s05_commands.state import State


class CommandServer(ThreadedServer):
    """Gives every client a session of this step."""

    state: State

    def new_state(self) -> State:
        return State()

    def new_session(self) -> CommandSession:
        return CommandSession(self.state)
