"""Under everysec the client that comes after a second waits for the disk.

Caught by: test_no_client_waits_under_everysec
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
            due = self.clock() - self.synced_at >= SECOND
            if self.unsynced and (self.policy == ALWAYS or (self.policy == EVERYSEC and due)):
                self.disk.sync(file)
                self.unsynced = False
                self.synced_at = self.clock()
        except OSError as error:
            raise self.failed(file, data, error) from error
        self.size += len(data)
        self.error = None
