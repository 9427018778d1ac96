"""Swallows a bug in silence.

Caught by: test_a_bug_ends_only_its_client
"""

from __future__ import annotations

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        while (connection := self.waiting.get()) is not None:
            try:
                self.serve(connection)
            except Exception:
                pass
            finally:
                self.leave(connection)
