"""The threaded server that logs what it does, and shuts down cleanly.

A signal wakes the loop that accepts (`stop`). Its thread then shuts down in order: no new clients,
replies to what has been asked, files on the disk (`close`, exercise 9.5), and an exit code.
"""

from __future__ import annotations

import argparse
import os
import socket
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from steps.s01_echo.alarm import Alarm
from steps.s01_echo.server import CHUNK, Server, hang_up, host_port
from steps.s04_threads import server as threaded
from steps.s04_threads.pool import PATIENCE, WORKERS, WorkerPool
from steps.s07_persistence.settings import add_options as add_settings
from steps.s07_persistence.settings import settings_from
from steps.s08_testing.server import FastServer
from steps.s09_logging.log.handlers import start_logging
from steps.s09_logging.log.levels import ERROR, NOTICE, VERBOSE
from steps.s09_logging.log.lines import Log
from steps.s09_logging.session import LoggingSession
from steps.s09_logging.settings import Settings
from steps.s09_logging.shutdown import leave, save_snapshot
from steps.s09_logging.signals import names_of, stopping_on_signals
from steps.s09_logging.state import State
from steps.unwritten import Unwritten

HOUR = 3600
"""Seconds to wait at a time: not every select takes more than some weeks."""

if TYPE_CHECKING:
    from typing import Self


class BelledPool(WorkerPool):
    """A pool that rings when a client has left."""

    alarm: Alarm

    def leave(self, connection: socket.socket) -> None:
        super().leave(connection)
        self.alarm.ring()


class LoggingServer(FastServer):
    """Step 8's server with a log, signals, and a clean shutdown."""

    state: State
    settings: Settings

    def __init__(
        self,
        listener: socket.socket,
        workers: int = WORKERS,
        max_clients: int | None = None,
        settings: Settings | None = None,
        log: Log | None = None,
    ) -> None:
        self.log = log or Log()
        self.draining = self.forced = False
        self.exit_code = 0
        self.came: list[int] = []
        self.alarm = Alarm()
        super().__init__(listener, workers, max_clients, settings or Settings())
        self.pool = BelledPool(self.serve_client, workers, max_clients)
        self.pool.alarm = self.alarm

    @classmethod
    def build(cls, listener: socket.socket, options: argparse.Namespace) -> Self:
        settings = settings_from(Settings, options)
        log = start_logging(settings)
        server = cls(listener, options.workers, options.max_clients, settings, log)
        server.protected = options.protected_mode == "yes"
        return server

    def new_state(self) -> State:
        return State(self.settings, log=self.log)

    def new_session(self) -> LoggingSession:
        return LoggingSession(self.state)

    # --- while it runs --------------------------------------------------------------------------

    def run(self) -> int:  # type: ignore[override] # the command line takes either
        with self.signals() as self.came:
            self.log(NOTICE, "started", pid=os.getpid(), keys=len(self.state.store.data))
            super().run()
        return self.exit_code

    def signals(self) -> AbstractContextManager[list[int]]:
        """The signal handlers during `run`. Without exercise 9.4, Ctrl-C works as in step 8."""
        try:
            return stopping_on_signals(self)
        except Unwritten as stub:
            self.log(NOTICE, "signals as in step 8", why=stub.not_written)
            return nullcontext([])

    def handle(self, connection: socket.socket) -> None:
        """Serve one client; once the server drains, only the requests that have arrived by then."""
        session = self.new_session()
        session.address = address_of(connection)
        self.log(VERBOSE, "client connected", client=session.address)
        last = False
        while not (session.closing or last) and (data := connection.recv(CHUNK)):
            # Checked before the replies: a client that keeps sending must not keep us here.
            last = self.draining
            for replies in session.portions(data):
                connection.sendall(replies)
        if session.closing or self.draining:
            hang_up(connection)
        self.log(VERBOSE, "client gone", client=session.address)

    def report(self, connection: socket.socket, error: Exception) -> None:
        if isinstance(error, Unwritten):
            super().report(connection, error)
        else:
            client = address_of(connection)
            self.log(ERROR, "connection error", client=client, error=error)

    # --- the end --------------------------------------------------------------------------------

    def force(self) -> None:
        """Stop waiting for clients. A signal handler may call this."""
        self.forced = True
        self.alarm.ring()

    def close(self) -> None:
        """Shut down; `leave` calls the methods below, in order."""
        self.log(NOTICE, "stopping", signal=names_of(self.came) or "none")
        try:
            self.exit_code = leave(self, self.log)
        except Unwritten as stub:
            self.log(NOTICE, "stopping as in step 8", why=stub.not_written)
            super().close()
        self.alarm.close()
        self.log(NOTICE, "stopped", code=self.exit_code)

    def refuse(self) -> None:
        """Accept no more clients."""
        Server.close(self)

    def drain(self) -> bool:
        """Answer what has arrived. Silent clients are cut off at once."""
        self.draining = True
        with self.pool.lock:
            for connection in self.pool.clients:
                deafen(connection)
        deadline = time.monotonic() + self.settings.shutdown_timeout
        while self.pool.clients and not self.forced:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self.alarm.wait(min(left, HOUR))
        return not self.pool.clients

    def hang_up(self) -> None:
        """Cut off the remaining clients, and stop the workers and the ticker."""
        patience = min(PATIENCE, self.settings.shutdown_timeout)
        gone = self.pool.stop(0.0 if self.forced else patience)
        self.ended.set()
        if gone and self.ticker.ident is not None:
            self.ticker.join(PATIENCE)

    def close_journal(self) -> None:
        """Write the journal to the disk."""
        self.state.files.close()

    def save(self) -> None:
        """Write a last snapshot, if there are save rules."""
        save_snapshot(self.state.files, self.state.locks)


def deafen(connection: socket.socket) -> None:
    """Receive nothing more from this client: a recv that waits for it returns b""."""
    with suppress(OSError):  # the client, or its worker, was quicker
        connection.shutdown(socket.SHUT_RD)


def address_of(connection: socket.socket) -> str:
    """The address of a client: `127.0.0.1:50000`."""
    try:
        return host_port(connection.getpeername())
    except OSError:  # it has left already
        return ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of step 4's server, and the settings."""
    threaded.add_options(parser)
    add_settings(parser, Settings)
