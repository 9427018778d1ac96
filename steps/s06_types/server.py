"""The server of step 5 with a typed keyspace."""

from __future__ import annotations

from steps.s05_commands.server import CommandServer
from steps.s06_types.state import State


class TypesServer(CommandServer):
    """Step 5's sessions with a typed keyspace."""

    state: State

    def new_state(self) -> State:
        return State()
