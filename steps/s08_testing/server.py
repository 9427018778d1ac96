"""Step 7's server with the fast parser in its sessions."""

from __future__ import annotations

from steps.s07_persistence.server import PersistentServer
from steps.s08_testing.session import Session
from steps.s08_testing.state import State


class FastServer(PersistentServer):
    """Gives every client a session of this step."""

    state: State

    def new_state(self) -> State:
        return State(self.settings)

    def new_session(self) -> Session:
        return Session(self.state)
