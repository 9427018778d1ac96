"""All pieces are put together before the first byte is written.

Caught by: test_one_piece_at_a_time
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from steps.s07_persistence.disk import DISK, Disk, folder_of, temporary_name


def replace_file(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    temporary = temporary_name(path)
    try:
        with disk.create(temporary) as file:
            disk.write(file, b"".join(chunks))
            file.flush()
            disk.sync(file)
        disk.replace(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            disk.remove(temporary)
        raise
    disk.sync_folder(folder_of(path))
