"""Waits with a timeout of its own for each worker.

Caught by: test_patience_is_for_all_together
"""

from __future__ import annotations

from steps.s04_threads import pool
from steps.s04_threads.pool import PATIENCE, cut


class WorkerPool(pool.WorkerPool):
    def stop(self, patience: float = PATIENCE) -> bool:
        with self.lock:
            self.stopping = True
            for connection in self.clients:
                cut(connection)
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(patience)
        return not any(thread.is_alive() for thread in self.threads)
