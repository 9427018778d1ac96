"""Does not say that it is stopping.

Caught by: test_nobody_is_taken_on_after_stop
"""

from __future__ import annotations

import time

from steps.s04_threads import pool
from steps.s04_threads.pool import PATIENCE, cut


class WorkerPool(pool.WorkerPool):
    def stop(self, patience: float = PATIENCE) -> bool:
        deadline = time.monotonic() + patience
        with self.lock:
            for connection in self.clients:
                cut(connection)
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)
