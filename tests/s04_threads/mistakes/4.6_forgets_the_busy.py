"""Wakes the idle, and leaves the busy to their clients.

Caught by: test_the_busy_go_home
"""

from __future__ import annotations

import time

from steps.s04_threads import pool
from steps.s04_threads.pool import PATIENCE


class WorkerPool(pool.WorkerPool):
    def stop(self, patience: float = PATIENCE) -> bool:
        deadline = time.monotonic() + patience
        with self.lock:
            self.stopping = True
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)
