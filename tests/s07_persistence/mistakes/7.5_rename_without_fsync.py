"""The file gets its name before its bytes are on the disk: none of them ever waits for it.

Caught by: test_the_order_of_the_calls
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from steps.s07_persistence.disk import DISK, Disk, folder_of, temporary_name


def replace_file(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    temporary = temporary_name(path)
    try:
        with disk.create(temporary) as file:
            for chunk in chunks:
                disk.write(file, chunk)
            file.flush()
        disk.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            disk.remove(temporary)
        raise
    disk.sync_folder(folder_of(path))
