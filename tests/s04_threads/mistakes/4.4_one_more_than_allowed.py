"""Lets one more in than there is room for.

Caught by: test_one_client_too_many_hears_it
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, turn_away


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            room = len(self.clients) <= self.max_clients and not self.stopping
            if room:
                self.clients.add(connection)
                self.waiting.put(connection)
        if not room:
            turn_away(connection, FULL)
