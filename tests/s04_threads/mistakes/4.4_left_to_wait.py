"""Neither takes the client on nor tells it so.

Caught by: test_one_client_too_many_hears_it
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            if len(self.clients) < self.max_clients and not self.stopping:
                self.clients.add(connection)
                self.waiting.put(connection)
