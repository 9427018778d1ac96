"""Answers to steps/s07_persistence/disk.py."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from steps.s07_persistence.disk import DISK, Disk, folder_of, temporary_name


def replace_file(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    # The order of the lines matters. Without the flush, the fsync comes before Python has passed
    # on all bytes. Without the fsync before the renaming, a power cut may keep the new name and
    # lose the bytes: the disk writes names and contents in an order of its own, and an empty file
    # under the proper name may be left. Without the fsync of the folder the old file may be back,
    # which is whole, but not what was reported as saved.
    temporary = temporary_name(path)
    try:
        with disk.create(temporary) as file:
            for chunk in chunks:
                disk.write(file, chunk)
            file.flush()
            disk.sync(file)
        disk.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            disk.remove(temporary)
        raise
    disk.sync_folder(folder_of(path))
