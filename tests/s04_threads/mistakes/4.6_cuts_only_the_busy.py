"""Cuts as many clients as there are workers; those in the queue are left.

Caught by: test_those_in_the_queue_are_cut_too
"""

from __future__ import annotations

import time

from steps.s04_threads import pool
from steps.s04_threads.pool import PATIENCE, cut


class WorkerPool(pool.WorkerPool):
    def stop(self, patience: float = PATIENCE) -> bool:
        deadline = time.monotonic() + patience
        with self.lock:
            self.stopping = True
            queued = [self.waiting.get() for _ in range(self.waiting.qsize())]
            for connection in self.clients.difference(queued):
                cut(connection)
            for waiting in queued:
                self.waiting.put(waiting)
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)
