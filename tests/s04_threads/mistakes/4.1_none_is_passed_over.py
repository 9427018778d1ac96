"""Passes over None as if it were a gap in the queue.

Caught by: test_none_sends_a_worker_home
"""

from __future__ import annotations

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        while True:
            connection = self.waiting.get()
            if connection is None:
                continue
            try:
                self.serve(connection)
            except Exception as error:
                self.report(error)
            finally:
                self.leave(connection)
