"""Takes everybody on, and lets them wait in a queue without end.

Caught by: test_one_client_too_many_hears_it
"""

from __future__ import annotations

import socket

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            self.clients.add(connection)
            self.waiting.put(connection)
