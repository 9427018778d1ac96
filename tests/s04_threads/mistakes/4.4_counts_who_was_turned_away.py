"""Adds the client before it looks whether there is room.

Caught by: test_who_is_turned_away_takes_no_place
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool
from steps.s04_threads.pool import FULL, turn_away


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            self.clients.add(connection)
            room = len(self.clients) <= self.max_clients and not self.stopping
            if room:
                self.waiting.put(connection)
        if not room:
            turn_away(connection, FULL)
