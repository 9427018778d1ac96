"""The sync comes before the write that it was to cover.

Caught by: test_always_syncs_at_once
"""

from __future__ import annotations

from typing import BinaryIO

from steps.s07_persistence.aof import journal
from steps.s07_persistence.aof.journal import ALWAYS, EVERYSEC, SECOND


class Journal(journal.Journal):
    def write_out(self, file: BinaryIO, tick: bool) -> None:
        data = self.take()
        try:
            self.unsynced = self.unsynced or bool(data)
            due = tick and self.clock() - self.synced_at >= SECOND
            if self.unsynced and (self.policy == ALWAYS or (self.policy == EVERYSEC and due)):
                self.disk.sync(file)
                self.unsynced = False
                self.synced_at = self.clock()
            if data:
                self.disk.write(file, data)
        except OSError as error:
            raise self.failed(file, data, error) from error
        self.size += len(data)
        self.error = None
