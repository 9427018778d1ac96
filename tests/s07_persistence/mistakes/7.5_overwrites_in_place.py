"""The old file itself is written over: from its first byte on neither version is whole.

Caught by: test_the_old_file_is_not_touched
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s07_persistence.disk import DISK, Disk, folder_of


def replace_file(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    with disk.create(path) as file:
        for chunk in chunks:
            disk.write(file, chunk)
        file.flush()
        disk.sync(file)
    disk.sync_folder(folder_of(path))
