"""The temporary file is removed, and the caller is told nothing.

Caught by: test_a_call_fails
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
            disk.sync(file)
        disk.replace(temporary, path)
    except OSError:
        with suppress(FileNotFoundError):
            disk.remove(temporary)
        return
    disk.sync_folder(folder_of(path))
