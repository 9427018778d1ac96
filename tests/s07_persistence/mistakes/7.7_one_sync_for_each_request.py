"""Each request is written and synced by itself.

Caught by: test_one_sync_for_a_batch
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
                for piece in data.split(b"*3\r\n"):
                    self.disk.write(file, b"*3\r\n" + piece if piece[:1] == b"$" else piece)
                    self.disk.sync(file)
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
