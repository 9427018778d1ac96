"""The server of step 4: many clients at once, each served by a thread of a pool."""

from __future__ import annotations

import argparse
import logging
import socket
from typing import TYPE_CHECKING

from steps.s01_echo.server import turn_away
from steps.s03_store import protected
from steps.s03_store.protected import ProtectedServer
from steps.s04_threads.descriptors import reserve
from steps.s04_threads.pool import PATIENCE, WORKERS, WorkerPool
from steps.s04_threads.session import SharedSession
from steps.s04_threads.state import State
from steps.unwritten import Unwritten

if TYPE_CHECKING:
    from typing import Self

MOST_WORKERS = 1000
MOST_CLIENTS = 10_000

log = logging.getLogger(__name__)


class ThreadedServer(ProtectedServer):
    """Accepts clients in one thread and serves them in others, over one state."""

    state: State

    def __init__(
        self, listener: socket.socket, workers: int = WORKERS, max_clients: int | None = None
    ) -> None:
        super().__init__(listener)
        self.state = self.new_state()
        self.pool = WorkerPool(self.serve_client, workers, max_clients)

    @classmethod
    def build(cls, listener: socket.socket, options: argparse.Namespace) -> Self:
        """The server that the command line asks for, with the options that `add_options` adds."""
        server = cls(listener, options.workers, options.max_clients)
        server.protected = options.protected_mode == "yes"
        return server

    def new_state(self) -> State:
        """What the sessions share. Later steps override this, and `new_session`."""
        return State()

    def new_session(self) -> SharedSession:
        return SharedSession(self.state)

    def run(self) -> None:
        self.pool.max_clients = reserve(self.pool.max_clients)
        try:
            self.pool.start()
        except KeyboardInterrupt:  # Ctrl-C can come before the first client
            self.stop()
        super().run()

    def accepted(self, connection: socket.socket) -> None:
        """Hand a new client to the pool and return at once, to accept the next."""
        try:
            self.pool.submit(connection)
        except Unwritten as stub:
            turn_away(connection, f"-ERR {stub.not_written}\r\n".encode())

    def close(self) -> None:
        """Release the port, hang up on the clients and stop the workers."""
        super().close()
        try:
            if not self.pool.stop():
                log.warning("some workers did not end within %g seconds", PATIENCE)
        except KeyboardInterrupt:
            log.warning("Ctrl-C again: not waiting for the workers")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options --workers, --max-clients and --protected-mode."""
    protected.add_options(parser)
    parser.add_argument(
        "--workers", type=workers, default=WORKERS, help="threads that serve clients"
    )
    parser.add_argument(
        "--max-clients",
        type=clients,
        default=None,
        help="clients at once; beyond the number of workers they wait (default: as many)",
    )


def workers(text: str) -> int:
    """An argparse type: a number of threads."""
    return _number(text, "workers", MOST_WORKERS)


def clients(text: str) -> int:
    """An argparse type: a number of clients."""
    return _number(text, "clients", MOST_CLIENTS)


def _number(text: str, what: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of {what}; give one from 1 to {most}"
        )
    return int(text)
