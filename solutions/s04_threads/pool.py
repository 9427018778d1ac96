"""Answers to steps/s04_threads/pool.py."""

from __future__ import annotations

import socket
import time

from steps.s01_echo.server import turn_away
from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, PATIENCE, cut


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        # The try is inside the loop. Around it, the first bug would silently end this worker;
        # after as many bugs as workers, the server would still accept clients, but serve none.
        while (connection := self.waiting.get()) is not None:
            try:
                self.serve(connection)
            except Exception as error:
                self.report(error)
            finally:
                self.leave(connection)

    def submit(self, connection: socket.socket) -> None:
        # Counting `waiting` would not do: a client that is being served is no longer in it. The
        # decision is made under the lock; talking to the client is not, since a slow one must not
        # keep `leave` waiting.
        with self.lock:
            room = len(self.clients) < self.max_clients and not self.stopping
            if room:
                self.clients.add(connection)
                self.waiting.put(connection)
        if not room:
            turn_away(connection, FULL)

    def stop(self, patience: float = PATIENCE) -> bool:
        # First the clients, then the Nones: the queue keeps its order, so a client that still
        # waits there comes before the None, is found to be cut off, and leaves too.
        deadline = time.monotonic() + patience
        with self.lock:
            self.stopping = True
            for connection in self.clients:
                cut(connection)
        for _ in self.threads:
            self.waiting.put(None)
        # Outside the lock, which the workers need for `leave`. One deadline, not a timeout for
        # each: with 64 stuck workers that would take 64 times as long.
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)
