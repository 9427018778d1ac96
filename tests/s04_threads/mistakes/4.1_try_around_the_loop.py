"""Catches the bug outside the loop, so that it ends the worker.

Caught by: test_a_bug_ends_only_its_client
"""

from __future__ import annotations

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        try:
            while (connection := self.waiting.get()) is not None:
                try:
                    self.serve(connection)
                finally:
                    self.leave(connection)
        except Exception as error:
            self.report(error)
