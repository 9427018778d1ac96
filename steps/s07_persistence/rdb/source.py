"""The bytes of an RDB file, one item after another, from a file that cannot be trusted.

A file is read in chunks, and its checksum is computed as they are used up. No length is believed: a
file of 90 bytes can promise a string of 9 gigabytes, and is refused before memory is spent on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

from steps.s07_persistence.damage import DamagedSnapshot
from steps.s07_persistence.disk import CHUNK, ignore
from steps.s07_persistence.rdb.crc64 import crc64


class Source:
    """Takes bytes off the front of a file."""

    def __init__(self, file: BinaryIO, path: str, on_read: Callable[[int], None] = ignore) -> None:
        """`on_read` is called after each read from the file, with the number of bytes."""
        self.file = file
        self.path = path
        self.on_read = on_read
        at = file.tell()
        self.size = file.seek(0, os.SEEK_END)
        file.seek(at)
        self.chunk = b""
        self.at = 0
        self.libraries: list[bytes] = []
        """The code of the libraries of functions that were read so far."""
        self._before = 0
        self._crc = 0

    @property
    def offset(self) -> int:
        """How many bytes have been taken."""
        return self._before + self.at

    @property
    def left(self) -> int:
        """How many bytes of the file have not been taken yet."""
        return self.size - self._before - self.at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self.at + count
        if end > len(self.chunk):
            self._read(count)
            end = self.at + count
        data = self.chunk[self.at : end]
        self.at = end
        return data

    def byte(self) -> int:
        """The next byte, as a number."""
        if self.at == len(self.chunk):
            self._read(1)
        byte = self.chunk[self.at]
        self.at += 1
        return byte

    def integer(self, size: int, *, signed: bool = False) -> int:
        """The next integer of `size` bytes, the lowest byte first."""
        return int.from_bytes(self.take(size), "little", signed=signed)

    def checksum(self) -> int:
        """The CRC of all bytes taken so far."""
        self._use_up()
        return self._crc

    def damaged(self, what: str) -> DamagedSnapshot:
        """The error for what is wrong here."""
        return DamagedSnapshot(self.path, self.offset, what)

    def _use_up(self) -> None:
        self._crc = crc64(self.chunk[: self.at], self._crc)
        self._before += self.at
        self.chunk = self.chunk[self.at :]
        self.at = 0

    def _read(self, count: int) -> None:
        if count > self.left:
            raise self.damaged(
                f"the next item has {count} bytes, but the file only {self.left} more"
            )
        self._use_up()
        missing = count - len(self.chunk)
        read = self.file.read(max(CHUNK, missing))
        self.chunk += read
        if len(self.chunk) < count:
            raise self.damaged("the file ends too early: it was shortened while it was read")
        self.on_read(len(read))
