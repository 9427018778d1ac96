"""always syncs in the background, after the reply went out.

Caught by: test_always_syncs_at_once
"""

from __future__ import annotations

from typing import BinaryIO

from steps.s07_persistence.aof import journal
from steps.s07_persistence.aof.journal import NO, SECOND


class Journal(journal.Journal):
    def write_out(self, file: BinaryIO, tick: bool) -> None:
        data = self.take()
        try:
            if data:
                self.disk.write(file, data)
                self.unsynced = True
            due = tick and self.clock() - self.synced_at >= SECOND
            if self.unsynced and self.policy != NO and due:
                self.disk.sync(file)
                self.unsynced = False
                self.synced_at = self.clock()
        except OSError as error:
            raise self.failed(file, data, error) from error
        self.size += len(data)
        self.error = None
