"""Files that survive: written bytes are on the disk, and a name always leads to a whole file.

`write` hands bytes to the operating system, which keeps them in memory and writes them when it
likes. After a crash of the server they are still there; after a power cut they are not. `fsync`
waits until the disk has them. A new name (of a file that was created or renamed) is a line in its
folder, and the folder needs an fsync of its own.

All calls that change files go through a `Disk`, so that a test can pass in another one, which
records the calls, or fails.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO, Final

try:
    import fcntl
except ImportError:  # not on Windows
    full_sync = None
else:
    full_sync = getattr(fcntl, "F_FULLFSYNC", None)
    """Only macOS has this: its fsync does not wait until the disk has emptied its own cache."""

CHUNK: Final = 256 * 1024
"""Bytes that are read from a file at a time."""

NO_SYNC_OF_FOLDERS: Final = {errno.EINVAL, errno.EBADF, errno.ENOTSUP}
"""The errors of file systems that cannot sync a folder. Redis ignores these, too."""


def ignore(count: int) -> None:
    """Pays no attention to the number of bytes that have been read."""


def open_file(path: str) -> BinaryIO:
    """An existing file to read from. Raises OSError, as for a named pipe, which would make us wait."""
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return open(path, "rb")  # a folder has an error of its own
    raise OSError(errno.EINVAL, f"{os.path.basename(path)} is a pipe or device", path)


class Disk:
    """The calls of the operating system that change files."""

    def create(self, path: str) -> BinaryIO:
        """A new file to write to. Python buffers small writes; `file.flush()` passes them on."""
        return open(path, "wb")

    def extend(self, path: str) -> BinaryIO:
        """A file, created if need be, open for writing at its end, without a buffer."""
        return open(path, "ab", buffering=0)

    def write(self, file: BinaryIO, data: bytes) -> None:
        """Writes all of `data`; the system may accept only a part, and says how much."""
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]

    def cut(self, file: BinaryIO, size: int) -> None:
        """Cuts a file down to `size` bytes."""
        os.truncate(file.fileno(), size)

    def sync(self, file: BinaryIO) -> None:
        """Waits until the disk has everything that the system was given for this file."""
        if full_sync is not None:
            fcntl.fcntl(file.fileno(), full_sync)
        else:
            os.fsync(file.fileno())

    def sync_folder(self, path: str) -> None:
        """Waits until the disk has the names in a folder, where the platform can."""
        if os.name == "nt":  # a folder cannot be opened there; NTFS keeps a log of names itself
            return
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        except OSError as error:
            if error.errno not in NO_SYNC_OF_FOLDERS:
                raise
        finally:
            os.close(number)

    def replace(self, source: str, target: str) -> None:
        """Gives `source` the name `target`, in one step; a file of that name is replaced."""
        os.replace(source, target)

    def remove(self, path: str) -> None:
        """Removes a file."""
        os.remove(path)

    def make_folder(self, path: str) -> None:
        """Makes a folder, if it is not there yet, and syncs the folder above."""
        if not os.path.isdir(path):
            os.makedirs(path, exist_ok=True)
            self.sync_folder(os.path.dirname(os.path.abspath(path)))


DISK: Final = Disk()


def temporary_name(path: str) -> str:
    """A name beside `path` for a file that is not finished. Each process has its own."""
    return f"{path}.{os.getpid()}.tmp"


def replace_file(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    """Makes `chunks`, one after the other, the content of the file `path`: on disk, or not at all.

    This is exercise 0.4 for a power cut at any moment: when it returns, the new content is on the
    disk, under its name. Until then `path` is as it was. Everything is done through `disk`, with a
    file named `temporary_name(path)`. `chunks` is a generator whose output may be larger than
    memory.

    If anything fails, in the generator too, or if Ctrl-C comes, that exception goes on to the
    caller, and the temporary file is gone. If the file could not even be created, there is nothing
    to remove.

    What the operating system may still lose: what Python has buffered, what the kernel has not
    written, and a name that its folder does not hold yet.
    """
    raise NotImplementedError("exercise 7.5")


def folder_of(path: str) -> str:
    """The folder that `path` is in."""
    return os.path.dirname(os.path.abspath(path))


def sweep(path: str, disk: Disk = DISK) -> None:
    """Removes temporary files for `path` that an earlier process left when it was killed.

    Only for the server that writes `path`, before it writes.
    """
    folder, name = folder_of(path), os.path.basename(path)
    with suppress(FileNotFoundError):
        for other in os.listdir(folder):
            number = other.removeprefix(f"{name}.").removesuffix(".tmp")
            if other == f"{name}.{number}.tmp" and number.isdigit():
                disk.remove(os.path.join(folder, other))
