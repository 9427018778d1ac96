"""Takes clients on in a pool that is stopping.

Caught by: test_nobody_comes_in_while_stopping
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, turn_away


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            room = len(self.clients) < self.max_clients
            if room:
                self.clients.add(connection)
                self.waiting.put(connection)
        if not room:
            turn_away(connection, FULL)
