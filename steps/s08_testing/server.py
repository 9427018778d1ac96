"""Step 7's server with the fast parser in its sessions."""

from __future__ import annotations

import argparse
import socket

from steps.s07_persistence.server import PersistentServer
from steps.s07_persistence.session import JournalSession
from steps.s07_persistence.state import State
from steps.s08_testing.fast_parser import FastParser


def fast_session(state: State) -> JournalSession:
    """A session of step 7 that takes whole requests at once."""
    session = JournalSession(state)
    session.parser = FastParser()
    return session


class FastServer(PersistentServer):
    """Step 7's server with the fast parser."""

    def new_session(self) -> JournalSession:
        return fast_session(self.state)


def build(listener: socket.socket, options: argparse.Namespace) -> FastServer:
    """The server that the command line asks for."""
    return FastServer.build(listener, options)
