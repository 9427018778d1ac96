"""Counts first, and takes the lock only to add.

Caught by: test_a_crowd_at_the_door
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, turn_away


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        room = len(self.clients) < self.max_clients and not self.stopping
        if room:
            with self.lock:
                self.clients.add(connection)
                self.waiting.put(connection)
        else:
            turn_away(connection, FULL)
