"""Closes the connection, but does not count the client out.

Caught by: test_the_place_is_free_again
"""

from __future__ import annotations

from steps.s04_threads import pool


class WorkerPool(pool.WorkerPool):
    def work(self) -> None:
        while (connection := self.waiting.get()) is not None:
            try:
                self.serve(connection)
            except Exception as error:
                self.report(error)
            finally:
                connection.close()
