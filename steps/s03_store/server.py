"""The server of step 3: one store, one client after another."""

from __future__ import annotations

import socket

from steps.s02_resp.server import SessionServer
from steps.s03_store.session import StoreSession
from steps.s03_store.state import State


class StoreServer(SessionServer):
    """Gives every client a session over the same state."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener)
        self.state = State()

    def new_session(self) -> StoreSession:
        return StoreSession(self.state)
