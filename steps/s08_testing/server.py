"""Step 7's server with the fast parser in its sessions."""

from __future__ import annotations

import argparse
import socket

from steps.s07_persistence.server import PersistentServer, settings_from
from steps.s07_persistence.settings import Settings
from steps.s08_testing.session import Session
from steps.s08_testing.state import State


class FastServer(PersistentServer):
    """Gives every client a session of this step."""

    state: State

    def new_state(self) -> State:
        return State(self.settings)

    def new_session(self) -> Session:
        return Session(self.state)


def build(listener: socket.socket, options: argparse.Namespace) -> FastServer:
    """The server that the command line asks for."""
    return FastServer(
        listener, options.workers, options.max_clients, settings_from(Settings, options)
    )
