"""The threaded server with files and times to live; a background thread takes care of both."""

from __future__ import annotations

import argparse
import logging
import socket
import threading
from typing import TYPE_CHECKING

from steps.s04_threads import server as threaded
from steps.s04_threads.pool import WORKERS
from steps.s06_types.server import TypesServer
from steps.s07_persistence import settings as own
from steps.s07_persistence.expiry import BUDGET, PERIOD, expire_some
from steps.s07_persistence.session import JournalSession
from steps.s07_persistence.settings import Settings, settings_from
from steps.s07_persistence.state import State
from steps.unwritten import Unwritten

if TYPE_CHECKING:
    from typing import Self

log = logging.getLogger(__name__)


class PersistentServer(TypesServer):
    """Loads its files before it serves, and takes care of them while it does."""

    state: State

    def __init__(
        self,
        listener: socket.socket,
        workers: int = WORKERS,
        max_clients: int | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        super().__init__(listener, workers, max_clients)
        self.ticker = threading.Thread(target=self.tick_until_stopped, name="ticker", daemon=True)
        self.ended = threading.Event()
        self.state.files.restore(self.new_session().replay)

    @classmethod
    def build(cls, listener: socket.socket, options: argparse.Namespace) -> Self:
        settings = settings_from(Settings, options)
        server = cls(listener, options.workers, options.max_clients, settings)
        server.protected = options.protected_mode == "yes"
        return server

    def new_state(self) -> State:
        return State(self.settings)

    def new_session(self) -> JournalSession:
        return JournalSession(self.state)

    def run(self) -> None:
        self.ticker.start()
        super().run()

    def tick_until_stopped(self) -> None:
        """The life of the background thread, which works ten times a second."""
        while not self.ended.wait(PERIOD / 1000):
            for work in (self.remove_some, self.state.files.tick):
                try:
                    with self.state.locks.holding():
                        work()
                except Exception as error:
                    if not isinstance(error, Unwritten):
                        log.exception("the work in the background failed; it will be tried again")

    def remove_some(self) -> None:
        """One round of active expiry in each database."""
        for keyspace in self.state.databases.values():
            expire_some(keyspace, BUDGET, self.state.clock)

    def close(self) -> None:
        super().close()
        self.ended.set()
        if self.ticker.ident is not None:
            self.ticker.join()
        self.state.files.close()


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of step 4's server, and the settings."""
    threaded.add_options(parser)
    own.add_options(parser)
