"""Only always writes before the reply; the other policies leave it to the next tick.

Caught by: test_written_before_the_reply
"""

from __future__ import annotations

from typing import BinaryIO

from steps.s07_persistence.aof import journal
from steps.s07_persistence.aof.journal import ALWAYS, EVERYSEC, SECOND


class Journal(journal.Journal):
    def write_out(self, file: BinaryIO, tick: bool) -> None:
        if not tick and self.policy != ALWAYS:
            return
        data = self.take()
        try:
            if data:
                self.disk.write(file, data)
                self.unsynced = True
            due = tick and self.clock() - self.synced_at >= SECOND
            if self.unsynced and (self.policy == ALWAYS or (self.policy == EVERYSEC and due)):
                self.disk.sync(file)
                self.unsynced = False
                self.synced_at = self.clock()
        except OSError as error:
            raise self.failed(file, data, error) from error
        self.size += len(data)
        self.error = None
