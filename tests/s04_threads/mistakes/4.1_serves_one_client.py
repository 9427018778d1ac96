"""Serves one client and goes home.

Caught by: test_a_worker_takes_the_next_client
"""

from __future__ import annotations

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        connection = self.waiting.get()
        if connection is None:
            return
        try:
            self.serve(connection)
        except Exception as error:
            self.report(error)
        finally:
            self.leave(connection)
