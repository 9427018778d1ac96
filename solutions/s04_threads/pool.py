"""Answers to steps/s04_threads/pool.py."""

from __future__ import annotations

import socket
import time

from steps.s01_echo.server import turn_away
from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, PATIENCE, cut


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        # The try stands inside the loop. Around it, the first bug would end this worker in silence;
        # after as many bugs as workers the server still accepts, and serves nobody.
        while (connection := self.waiting.get()) is not None:
            try:
                self.serve(connection)
            except Exception as error:
                self.report(error)
            finally:
                self.leave(connection)

    def submit(self, connection: socket.socket) -> None:
        # Counting what lies in `waiting` would not do: a client that is being served is in it no
        # more. The decision is made under the lock; the talk with the client is not, for a slow
        # one must not keep `leave` waiting.
        with self.lock:
            room = len(self.clients) < self.max_clients and not self.stopping
            if room:
                self.clients.add(connection)
                self.waiting.put(connection)
        if not room:
            turn_away(connection, FULL)

    def stop(self, patience: float = PATIENCE) -> bool:
        # First the clients, then the Nones: the queue keeps its order, so a client that still waits
        # there comes before the order to go home, is found to be cut, and leaves too.
        deadline = time.monotonic() + patience
        with self.lock:
            self.stopping = True
            for connection in self.clients:
                cut(connection)
        for _ in self.threads:
            self.waiting.put(None)
        # Outside the lock, which the workers need for `leave`. A deadline and not a timeout for
        # each: 64 stuck workers would make it 64 times as long.
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)
