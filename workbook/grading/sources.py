"""What a submission holds: folders, zip and tar files, entry by entry, all within limits.

No archive is unpacked to disk, no link is followed, and nothing a file says about its own size
is believed: no more is read than is allowed.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import tarfile
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

FILE = 1 << 20
"""Bytes of one file; the largest of the workbook's own has a thirtieth of that."""

SEEN = 50_000
"""Names that are looked at in one submission."""

ARCHIVE = 64 << 20
"""Bytes of an archive."""

INNER = 16 << 20
"""Bytes of an archive within a submission."""

UNPACKED = 256 << 20
"""Bytes that are read out of a compressed tar file, taken or not."""

DICTIONARY = 96 << 20
"""Bytes of memory for unpacking xz; `xz -9` takes 65 MB."""

DEEPEST = 20
"""Folders within folders that are looked into."""

ARCHIVES = (
    *(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz"),
    *(".tar.xz", ".txz", ".tar.lzma"),
)

UNOPENED = (
    *(".7z", ".rar", ".tar.zst", ".tzst", ".zst", ".tar.lz", ".lz", ".tar.z", ".z", ".gz"),
    *(".bz2", ".xz", ".lzma", ".zipx", ".ace", ".arj", ".cab", ".iso", ".dmg", ".sit", ".sitx"),
)
"""Archives of kinds that cannot be opened here."""

LEFTOVER = re.compile(r"(?i)\.[^/]*|__pycache__|__macosx|node_modules|site-packages|venv")
"""Folders and files of editors, Python, git and systems, by their names."""

Listing = Callable[[], Iterator["Entry"]]
"""Goes through a submission, from its beginning each time."""


class Unreadable(Exception):  # noqa: N818 - it is what it says
    """There is an end to what can be read. The message says why, and follows the name."""


class Entry(NamedTuple):
    """One thing in a submission: its name there, its kind, and a way to read it."""

    name: str
    kind: str  # "file", "folder", or what else it is, in words
    size: int
    read: Callable[[int], bytes]
    """Reads at most that many bytes, and one more if there are more."""


def ends_with(name: str, endings: tuple[str, ...]) -> str:
    """The ending of an archive that a name has; "" if it has none."""
    lower = name.lower()
    return next((one for one in sorted(endings, key=len, reverse=True) if lower.endswith(one)), "")


def of_path(source: Path) -> Iterator[Entry]:
    """Everything in a folder or an archive, up to a limit."""
    if not source.is_file():
        return bounded(_of_folder(source))
    if source.stat().st_size > ARCHIVE:
        raise Unreadable(f"is larger than {ARCHIVE >> 20} MB")
    return of_archive(lambda: source.open("rb"))


def of_bytes(data: bytes) -> Iterator[Entry]:
    """All that is in an archive that was found within a submission."""
    return of_archive(lambda: io.BytesIO(data))


def of_archive(opened: Callable[[], IO[bytes]]) -> Iterator[Entry]:
    """All that is in an archive; by what it is, whatever it is called."""
    return bounded(_of_zip(opened) if _is_zip(opened) else _of_tar(opened))


def bounded(found: Iterator[Entry]) -> Iterator[Entry]:
    """So many entries, and no more."""
    for number, entry in enumerate(found):
        if number == SEEN:
            raise Unreadable(f"has more than {SEEN} names, of which only the first were looked at")
        yield entry


def reason(error: BaseException) -> str:
    """Why something could not be read."""
    if isinstance(error, MemoryError | RecursionError):
        return "reading it takes too much memory"
    if isinstance(error, NotImplementedError):
        return "it is compressed in an unknown way"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, RuntimeError) and "password" in str(error):
        return "it needs a password"
    words = str(error).partition("\n")[0][:100]
    return f"it is damaged ({words or type(error).__name__})"


# ---------------------------------------------------------------- a folder


KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISREG, "file"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(mode: int) -> str:
    """What a file is, by its mode."""
    return next((word for test, word in KINDS if test(mode)), "something else")


def _of_folder(source: Path) -> Iterator[Entry]:
    """A folder, or a git clone, from the top down: what lies deep cannot hide what lies above.

    Follows no link, also none that takes a file's place meanwhile.
    """
    waiting = deque([(source, "")])
    while waiting:
        folder, name = waiting.popleft()
        try:
            with os.scandir(folder) as found:
                inside = sorted(found, key=lambda one: (one.name.lower()[:5] != "steps", one.name))
        except OSError:
            if not name:
                raise
            yield Entry(name, "a folder that cannot be opened", 0, _nothing)
            continue
        for one in inside:
            below = f"{name}/{one.name}" if name else one.name
            facts = one.stat(follow_symlinks=False)
            kind = kind_of(facts.st_mode)
            yield Entry(below, kind, facts.st_size, partial(read_file, Path(one.path)))
            if kind == "folder" and below.count("/") < DEEPEST and not LEFTOVER.fullmatch(one.name):
                waiting.append((Path(one.path), below))


def _nothing(most: int) -> bytes:
    return b""


def read_file(path: Path, most: int = FILE) -> bytes:
    """A regular file, which nobody waits for, and up to one byte more than is allowed."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no longer a regular file")
        return file.read(most + 1)


# ---------------------------------------------------------------- a zip file


def _is_zip(opened: Callable[[], IO[bytes]]) -> bool:
    """Whether it is a zip file. A tar file may hold one, and end with its last bytes."""
    with opened() as file:
        head = file.read(263)
        if head.startswith(b"PK"):
            return True
        packed = head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\0\0"))
        return not packed and not head.endswith(b"ustar") and zipfile.is_zipfile(file)


def _of_zip(opened: Callable[[], IO[bytes]]) -> Iterator[Entry]:
    """A zip file. Its directory is read as a whole, so its lines are counted before."""
    with opened() as file:
        if _count(file, b"PK\x01\x02") > SEEN:
            raise Unreadable(f"has more than {SEEN} names")
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                mode = info.external_attr >> 16
                kind = "folder" if info.is_dir() else "file"
                if kind == "file" and stat.S_IFMT(mode):
                    kind = kind_of(mode)
                yield Entry(info.filename, kind, info.file_size, partial(_read, archive, info))


def _count(file: IO[bytes], sign: bytes) -> int:
    """How often a sign stands in a file."""
    file.seek(0)
    found, tail = 0, b""
    while piece := file.read(1 << 20):
        found += (tail + piece).count(sign)
        tail = piece[1 - len(sign) :]
    file.seek(0)
    return found


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as file:
        return file.read(most + 1)


# ---------------------------------------------------------------- a tar file


class Counted:
    """A stream that ends with an error once too much was read out of it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.left = UNPACKED

    def read(self, size: int = -1) -> bytes:
        """Reads on."""
        data: bytes = self.file.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self.left -= len(data)
        if self.left < 0:
            raise tarfile.ReadError(f"it unpacks to more than {UNPACKED >> 20} MB")
        return data


class Xz:
    """The stream in an xz or LZMA file. Unpacking it takes no more memory than is allowed."""

    def __init__(self, file: IO[bytes]) -> None:
        import lzma

        self.file = file
        self.unpacker = lzma.LZMADecompressor(memlimit=DICTIONARY)

    def read(self, size: int) -> bytes:
        """Reads on."""
        while not self.unpacker.eof:
            piece = self.file.read(1 << 16) if self.unpacker.needs_input else b""
            if not piece and self.unpacker.needs_input:
                raise EOFError("it ends too early")
            if data := self.unpacker.decompress(piece, size):
                return data
        return b""


def _of_tar(opened: Callable[[], IO[bytes]]) -> Iterator[Entry]:
    """A tar file, compressed or not, from its beginning to its end; nothing is sought in it."""
    with contextlib.ExitStack() as stack:
        counted: Any = Counted(_unpacked(stack.enter_context(opened())))
        archive: Any = stack.enter_context(tarfile.open(fileobj=counted, mode="r|"))
        for info in archive:
            kind = _kind_in_tar(info)
            yield Entry(info.name, kind, info.size, partial(_member, archive, info))
            if info.size > counted.left + (1 << 20):
                raise tarfile.ReadError("a header promises more than there is")
            archive.members = []  # of which it would keep all
        while counted.read(1 << 16):  # the sum at the end says whether all of it was right
            pass


def _unpacked(file: IO[bytes]) -> Any:
    import bz2
    import gzip

    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file)
    return Xz(file) if head.startswith((b"\xfd7zXZ", b"\x5d\0\0")) else file


def _kind_in_tar(info: tarfile.TarInfo) -> str:
    if info.isreg() and not info.issparse():
        return "file"
    if info.isdir():
        return "folder"
    if info.issym() or info.islnk():
        return "a link"
    return "a pipe" if info.isfifo() else "a device" if info.isdev() else "something else"


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo, most: int) -> bytes:
    file = archive.extractfile(info)
    if file is None:
        raise tarfile.ReadError("no file")
    return file.read(most + 1)
