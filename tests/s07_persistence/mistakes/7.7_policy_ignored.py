"""Every flush syncs, whatever the policy.

Caught by: test_no_never_syncs
"""

from __future__ import annotations

from typing import BinaryIO

from steps.s07_persistence.aof import journal


class Journal(journal.Journal):
    def write_out(self, file: BinaryIO, tick: bool) -> None:
        data = self.take()
        try:
            if data:
                self.disk.write(file, data)
                self.unsynced = True
            if self.unsynced:
                self.disk.sync(file)
                self.unsynced = False
                self.synced_at = self.clock()
        except OSError as error:
            raise self.failed(file, data, error) from error
        self.size += len(data)
        self.error = None
