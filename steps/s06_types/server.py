"""The server of step 5 over a typed keyspace."""

from __future__ import annotations

from steps.s05_commands.server import CommandServer
from steps.s06_types.session import Session
from steps.s06_types.state import State


class TypesServer(CommandServer):
    """Gives every client a session of this step."""

    state: State

    def new_state(self) -> State:
        return State()

    def new_session(self) -> Session:
        return Session(self.state)
