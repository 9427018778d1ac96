"""A sync follows a write of the same call only: what a flush wrote is never synced.

Caught by: test_everysec_syncs_once_a_second
"""

from __future__ import annotations

from typing import BinaryIO

from steps.s07_persistence.aof import journal
from steps.s07_persistence.aof.journal import ALWAYS, EVERYSEC, SECOND


class Journal(journal.Journal):
    def write_out(self, file: BinaryIO, tick: bool) -> None:
        data = self.take()
        try:
            if data:
                self.disk.write(file, data)
                self.unsynced = True
            due = tick and self.clock() - self.synced_at >= SECOND
            if data and (self.policy == ALWAYS or (self.policy == EVERYSEC and due)):
                self.disk.sync(file)
                self.unsynced = False
                self.synced_at = self.clock()
        except OSError as error:
            raise self.failed(file, data, error) from error
        self.size += len(data)
        self.error = None
