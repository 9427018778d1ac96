"""Another way to share the store: one lock for all keys, shared by readers. You may skip this file.

`serve --share-reads` runs it, on the lock of exercise 4.7. The stripes let clients with different
keys go on side by side, this lets readers of the same key do so.
"""

from __future__ import annotations

import argparse
import socket
from importlib import import_module
from typing import Any, Final

from steps.s02_resp.values import Reply
from steps.s04_threads import server
from steps.s04_threads.server import ThreadedServer
from steps.s04_threads.session import SharedSession
from steps.s04_threads.state import State

READS: Final = frozenset([b"GET", b"MGET", b"EXISTS", b"DBSIZE", b"PING", b"ECHO", b"QUIT"])
"""The commands that change nothing."""


class SharingState(State):
    """Adds the lock. Its module is imported only here, for it may be empty."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = import_module("steps.s04_threads.readers").SharedLock()


class SharingSession(SharedSession):
    """A session whose commands hold the one lock, as readers or as writers."""

    state: SharingState

    def execute(self, command: Any) -> Reply:
        lock = self.state.lock
        with lock.reading() if command[0].upper() in READS else lock.writing():
            return self.run(command)


class SharingServer(ThreadedServer):
    """Step 4's server with such sessions."""

    state: SharingState

    def new_state(self) -> State:
        return SharingState()

    def new_session(self) -> SharedSession:
        return SharingSession(self.state)


def build(listener: socket.socket, options: argparse.Namespace) -> ThreadedServer:
    """The server that the command line asks for."""
    kind = SharingServer if options.share_reads else ThreadedServer
    return kind.build(listener, options)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of step 4, and --share-reads."""
    server.add_options(parser)
    parser.add_argument(
        "--share-reads", action="store_true", help="one lock for all keys, shared by readers"
    )
