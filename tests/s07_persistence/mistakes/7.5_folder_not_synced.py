"""The new name is never synced: after a power cut the old file may be back.

Caught by: test_the_order_of_the_calls
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from steps.s07_persistence.disk import DISK, Disk, temporary_name


def replace_file(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    temporary = temporary_name(path)
    try:
        with disk.create(temporary) as file:
            for chunk in chunks:
                disk.write(file, chunk)
            file.flush()
            disk.sync(file)
        disk.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            disk.remove(temporary)
        raise
