"""Counts who waits in the queue, and not who is at a worker.

Caught by: test_clients_at_a_worker_count
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, turn_away


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            room = self.waiting.qsize() < self.max_clients and not self.stopping
            if room:
                self.clients.add(connection)
                self.waiting.put(connection)
        if not room:
            turn_away(connection, FULL)
