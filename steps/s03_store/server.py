"""The server of step 3: one store, one client after another."""

from __future__ import annotations

import argparse
import socket
from typing import TYPE_CHECKING

from steps.s03_store.protected import ProtectedServer
from steps.s03_store.session import StoreSession
from steps.s03_store.state import State

if TYPE_CHECKING:
    from typing import Self


class StoreServer(ProtectedServer):
    """Gives every client a session over the same state."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener)
        self.state = State()

    @classmethod
    def build(cls, listener: socket.socket, options: argparse.Namespace) -> Self:
        """The server that the command line asks for."""
        server = cls(listener)
        server.protected = options.protected_mode == "yes"
        return server

    def new_session(self) -> StoreSession:
        return StoreSession(self.state)
