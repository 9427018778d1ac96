"""A pool of threads, each of which serves one client at a time.

A new thread per client would be less code, but a crowd of clients would use up all memory. Here
the number of threads is fixed. A queue joins the two sides:

    accept ─ submit ─▶ waiting ─▶ work ─ serve ─ leave        (one accepts, many work)

`clients` holds every connected client, whether in the queue or with a worker. Many threads read
and change it, always under `lock`. The queue has a lock of its own inside.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

from steps.s01_echo.server import turn_away
from steps.s04_threads.locks import Stripe
from steps.unwritten import Unwritten

WORKERS = 64
"""redis-benchmark opens 50 connections; a waiting thread costs some tens of kilobytes."""

PATIENCE = 3.0
"""How long `stop` waits for the workers, in seconds."""

FULL = b"-ERR max number of clients reached\r\n"
"""In the words of Redis, whose limit (`maxclients`) is 10000."""

log = logging.getLogger(__name__)


def cut(connection: socket.socket) -> None:
    """Ends a connection while another thread is serving it.

    In that thread recv returns b"" and send fails from now on. `close` would not do that: it frees
    the socket's number, and a waiting recv goes on waiting.
    """
    with suppress(OSError):  # the client, or its worker, was quicker
        connection.shutdown(socket.SHUT_RDWR)


class WorkerPool:
    """`workers` threads that serve clients, and a limit to how many clients there may be.

    Clients beyond the number of workers, up to `max_clients`, wait in the queue until a worker is
    free. Without `max_clients` nobody waits: there is room for as many clients as workers.
    """

    def __init__(
        self,
        serve: Callable[[socket.socket], None],
        workers: int = WORKERS,
        max_clients: int | None = None,
    ) -> None:
        self.serve = serve
        self.workers = workers
        self.max_clients = workers if max_clients is None else max_clients
        self.waiting: SimpleQueue[socket.socket | None] = SimpleQueue()
        self.clients: set[socket.socket] = set()
        self.lock: Stripe = threading.Lock()
        self.stopping = False
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts the workers. Raises RuntimeError if the system does not give us a single thread."""
        for number in range(self.workers):
            # `stop` ends them all. `daemon` is for a worker that is stuck in a bug: the process
            # must not wait for it.
            thread = threading.Thread(target=self._run, name=f"worker-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                if not self.threads:
                    raise
                log.warning("%d of %d workers: %s", number, self.workers, error)
                return
            self.threads.append(thread)

    def _run(self) -> None:
        try:
            self.work()
        except Unwritten as stub:
            # Exercise 4.1 is empty: each client gets an error, instead of silence.
            missing = f"-ERR {stub.not_written}\r\n".encode()
            while (connection := self.waiting.get()) is not None:
                turn_away(connection, missing)
                self.leave(connection)

    def work(self) -> None:
        """The life of a worker: serves one client after another, each to its end.

        - `self.waiting.get()` waits for the next connection. None in its place means: return.
        - `self.serve(connection)` talks with the client until one of the two has had enough.
        - After that comes `self.leave(connection)`, however it ended, so that the slot is free
          again.
        - An Exception from `serve` concerns that client, and not the worker: pass it to
          `self.report(error)` and take the next client.
        """
        raise NotImplementedError("exercise 4.1")

    def submit(self, connection: socket.socket) -> None:
        """Takes a new client on, or turns it away. Never waits.

        - While `self.clients` holds fewer than `self.max_clients`, and the pool is not
          `self.stopping`: add the connection to `self.clients` and put it into `self.waiting`.
        - Otherwise the client gets an error: `turn_away(connection, FULL)`, which also hangs up.

        Any number of threads may call this at once. Hold `self.lock` over both the look at
        `self.clients` and its change. (`turn_away` needs no lock.)
        """
        raise NotImplementedError("exercise 4.4")

    def leave(self, connection: socket.socket) -> None:
        """The client has been served: frees its slot and closes its connection."""
        with self.lock:
            self.clients.discard(connection)
        connection.close()

    def report(self, error: Exception) -> None:
        """Reports a bug that ended one client."""
        log.error("a bug ended one connection; its worker goes on", exc_info=error)

    def stop(self, patience: float = PATIENCE) -> bool:
        """Stops all workers; returns whether they have ended, within `patience` seconds.

        - No client is taken on any more: set `self.stopping`, under `self.lock`.
        - A busy worker waits for its client, perhaps for ever: `cut(connection)` for each of
          `self.clients` (hold the lock: workers change the set).
        - An idle worker waits for `self.waiting`: put one None in for each of `self.threads`.
        - Then join the threads. `patience` is for all of them together, not for each; after it
          return False, with `is_alive()` of a thread still True.

        `time.monotonic()` is the time in seconds.
        """
        raise NotImplementedError("exercise 4.6")
