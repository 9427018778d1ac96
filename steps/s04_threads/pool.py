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
        """The life of a worker: serves the connections from `self.waiting`, each to its end.

        It ends when None comes in place of a connection. Until then no Exception out of `serve`
        ends the worker: it is reported (see `report`), and the next client's turn comes. Whatever
        has happened, the client leaves afterwards (see `leave`), so that its slot is free.
        """
        raise NotImplementedError("exercise 4.1")

    def submit(self, connection: socket.socket) -> None:
        """Takes a new client on, or turns it away with FULL (see `turn_away`). Never waits.

        A client that is taken on is one of `self.clients`, and a worker finds it in `self.waiting`.
        There are never more than `max_clients`, those in the queue and those at a worker together,
        however many threads call this at once. A pool that is `stopping` takes nobody on: after
        `stop`, which may run at any moment, no client is left that nobody will serve.

        A client that is turned away may be slow to listen. The others don't wait for it.
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

        From now on no client is taken on. A worker may be waiting for its client to say something,
        and for ever (see `cut`); another one waits for a client to come. One that is stuck in a bug
        can't be ended: then the result is False, after `patience` seconds for all of them together.
        """
        raise NotImplementedError("exercise 4.6")
