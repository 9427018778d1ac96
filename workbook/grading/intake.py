"""Takes submissions in: folders, zip and tar files, git clones. Nothing of them is run or believed.

What counts of a submission are the regular files in its `steps/`; everything else is the workbook's
own. So a name is taken only if it is a plain one below `steps/`, wherever in the submission that
folder lies (an archive often has one folder around everything). What was refused, and why, is told
in the result. Names are never joined to a path before they have been looked at, no link is followed
and no archive is unpacked on the disk.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

STEPS = "steps"

FILE = 1 << 20
"""Bytes of one file; the largest of the workbook's own has a thirtieth of that."""

TOTAL = 8 << 20
"""Bytes of all files of a submission."""

COUNT = 2000
"""Files that are taken of one submission."""

SEEN = 50_000
"""Names that are looked at in one submission."""

ARCHIVE = 64 << 20
"""Bytes of an archive."""

UNPACKED = 256 << 20
"""Bytes that are read out of a compressed tar file, taken or not."""

TOLD = 100
"""Refusals that are listed one by one."""

NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
OURS = re.compile(r"__init__\.py|\w+/exercises\.toml")
"""Files below `steps/` that belong to the tests: the root of the package, and the manifests."""

SKIPPED = re.compile(r"(^|/)(\.[^/]*|__pycache__)(/|$)|\.(pyc|pyo|overlay)$")
"""What editors, Python and git leave behind: left out without a word."""

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


class IntakeTrouble(Exception):  # noqa: N818 - it is what it says
    """There is nothing to grade there. The message is one sentence."""


@dataclass(frozen=True)
class Submission:
    """A submission where it lies."""

    id: str
    source: Path
    submitted: datetime | None = None


class Refusal(NamedTuple):
    """Something that was not taken, and why."""

    name: str
    why: str


@dataclass
class Taken:
    """What was taken of one submission, by names such as `steps/s02_resp/parser.py`."""

    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    more: int = 0
    """Refusals beyond those that are listed."""

    def refuse(self, name: str, why: str) -> None:
        """Notes a refusal."""
        if len(self.refused) < TOLD:
            self.refused.append(Refusal(shown(name), why))
        else:
            self.more += 1

    def told(self) -> list[dict[str, str]]:
        """The refusals as they stand in a result."""
        rows = [{"name": one.name, "why": one.why} for one in self.refused]
        more = {"name": f"{self.more} more", "why": "not listed here"}
        return [*rows, more] if self.more else rows


def shown(name: str) -> str:
    """A name that can be printed anywhere."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)[:200]


class Entry(NamedTuple):
    """One thing in a submission: its name as it stands there, its kind, and a way to read it."""

    name: str
    kind: str  # "file", or what else it is, in words
    size: int
    read: Callable[[], bytes]


# ---------------------------------------------------------------- which submissions there are


def find(source: Path) -> list[Submission]:
    """The submissions in a folder, or the one that this is, in the order of their ids."""
    if not source.exists():
        raise IntakeTrouble(f"There is no {source}.")
    if is_single(source):
        return [Submission(id_of(source.resolve()), source, when(source))]
    found = [path for path in sorted(source.iterdir()) if _may_be_one(path)]
    if not found:
        raise IntakeTrouble(f"There is no submission in {source}: no folder, zip or tar file.")
    made = [Submission(id_of(path), path, when(path)) for path in found]
    seen: dict[str, Submission] = {}
    for one in made:
        if other := seen.get(one.id.casefold()):
            raise IntakeTrouble(f"{other.source} and {one.source} have the same id, {one.id}.")
        seen[one.id.casefold()] = one
    return sorted(made, key=lambda one: one.id)


def is_single(source: Path) -> bool:
    """Whether this is one submission, and not a folder of many."""
    return is_archive(source) or (source / STEPS).is_dir() or source.is_file()


def is_archive(path: Path) -> bool:
    """Whether its name is that of an archive."""
    return path.name.lower().endswith(ARCHIVES) and path.is_file()


def _may_be_one(path: Path) -> bool:
    if path.name.startswith((".", "_")) or path.is_symlink():
        return False
    return path.is_dir() or is_archive(path)


def id_of(path: Path) -> str:
    """The id of a submission: its name, as far as a file name can safely hold it."""
    name = path.name
    for ending in sorted(ARCHIVES, key=len, reverse=True):
        if path.is_file() and name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    clean = re.sub(r"[^\w.@+-]+", "_", name).strip("._") or "submission"
    return f"{clean}_" if RESERVED.fullmatch(clean) else clean[:100]


def when(path: Path) -> datetime | None:
    """When it was handed in: the time of the newest commit of a clone, or that of the archive."""
    if (path / ".git").is_dir():
        return _committed(path)
    if path.is_file():
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return None


def _committed(path: Path) -> datetime | None:
    """The time of the commit that HEAD names.

    Git is asked for that one object and never sees the clone's own configuration, in which a
    stranger may have named programs to run.
    """
    with (
        contextlib.suppress(OSError, ValueError, subprocess.SubprocessError),
        tempfile.TemporaryDirectory() as clean,
    ):
        subprocess.run(["git", "init", "-q", "--bare", clean], capture_output=True, check=True)
        objects = {"GIT_DIR": clean, "GIT_OBJECT_DIRECTORY": str(path / ".git/objects")}
        told = subprocess.run(
            ["git", "cat-file", "commit", _head(path / ".git")],
            env={"PATH": os.environ.get("PATH", ""), **objects},
            capture_output=True,
            timeout=20,
            check=True,
        ).stdout.decode("utf-8", "replace")
        if found := re.search(r"^committer .*> (\d{1,11}) [+-]\d{4}$", told, re.M):
            return datetime.fromtimestamp(int(found[1]), UTC)
    return None


def _head(folder: Path) -> str:
    """The commit that HEAD names."""
    word = _text(folder / "HEAD").strip()
    if name := re.fullmatch(r"ref: (refs/[\w./-]+)", word):
        if ".." in name[1]:
            raise ValueError(name[1])
        with contextlib.suppress(OSError):
            word = _text(folder / name[1]).strip()
        if packed := re.search(rf"^(\w{{40,64}}) {re.escape(name[1])}$", _packed(folder), re.M):
            word = packed[1] if word.startswith("ref") else word
    if not re.fullmatch(r"[0-9a-f]{40,64}", word):
        raise ValueError("no commit")
    return word


def _packed(folder: Path) -> str:
    with contextlib.suppress(OSError):
        return _text(folder / "packed-refs")
    return ""


def _text(path: Path) -> str:
    return _read_file(path).decode("utf-8", "replace")


# ---------------------------------------------------------------- taking one in


def take(source: Path, pristine: Mapping[str, bytes]) -> Taken:
    """The files of a submission that count, and what was refused. `pristine` are the workbook's.

    A file that is the workbook's own, byte for byte, need not travel.
    """
    taken = Taken()
    try:
        for entry in entries(source, taken):
            consider(entry, taken, pristine)
    except (
        OSError,
        ValueError,
        EOFError,
        zlib.error,
        tarfile.TarError,
        zipfile.BadZipFile,
    ) as error:
        taken.refuse(source.name, f"cannot be read to its end: {type(error).__name__}")
    except (RuntimeError, NotImplementedError) as error:  # a password, an unknown compression
        taken.refuse(source.name, f"cannot be read: {shown(str(error))}")
    return taken


def entries(source: Path, taken: Taken) -> Iterator[Entry]:
    """All that is in a submission; at most so much of it."""
    if source.is_file() and source.stat().st_size > ARCHIVE:
        taken.refuse(source.name, f"the archive has more than {ARCHIVE >> 20} MB")
        return
    if zipfile.is_zipfile(source) if source.is_file() else False:
        found = _of_zip(source)
    elif source.is_file():
        found = _of_tar(source)
    else:
        found = _of_folder(source)
    for number, entry in enumerate(found):
        if number == SEEN:
            taken.refuse(source.name, f"only the first {SEEN} names were looked at")
            return
        yield entry


def consider(entry: Entry, taken: Taken, pristine: Mapping[str, bytes]) -> None:
    """Takes one entry, or refuses it, or leaves it out because it has nothing to do with steps."""
    raw = entry.name.replace("\\", "/")
    if ".." in raw.split("/") or raw.startswith("/") or re.match(r"[A-Za-z]:", raw):
        taken.refuse(entry.name, "the name leads out of the submission")
        return
    name = below_steps(raw)
    if name is None or entry.kind == "folder" or SKIPPED.search(name):
        return
    if why := trouble(entry, name, taken):
        taken.refuse(entry.name, why)
        return
    data = entry.read()
    if len(data) > FILE:
        taken.refuse(entry.name, f"it has more than {FILE >> 20} MB")
    elif pristine.get(name) == data:
        return
    elif name in pristine and OURS.fullmatch(name.removeprefix("steps/")):
        taken.refuse(entry.name, "it belongs to the tests; the workbook's own was used")
    elif why := binary(name, data):
        taken.refuse(entry.name, why)
    else:
        taken.files[name] = data


def below_steps(name: str) -> str | None:
    """The name from `steps/` on, with at most one folder in front of it; None for others."""
    parts = name.split("/")
    while parts and parts[0] == ".":
        parts.pop(0)
    for skipped in range(2):
        if parts[skipped : skipped + 1] == [STEPS] and len(parts) > skipped + 1:
            return "/".join(parts[skipped:])
    return None


def trouble(entry: Entry, name: str, taken: Taken) -> str:
    """Why it is not taken, as far as that shows before it is read; "" if it does not."""
    last = name.rpartition("/")[2]
    if entry.kind != "file":
        return f"it is {entry.kind}, and no regular file"
    if not NAME.fullmatch(name) or len(name) > 200 or any(map(RESERVED.fullmatch, name.split("/"))):
        return "the name is not made of plain letters, digits, _, - and ."
    if last == "conftest.py":
        return "it would change how pytest runs"
    if last.endswith(".pth") or last in ("sitecustomize.py", "usercustomize.py"):
        return "it would change how Python starts"
    if name in taken.files:
        return "the same name came before"
    if name.casefold() in {one.casefold() for one in taken.files}:
        return "the same name came before, in other letters"
    if len(taken.files) >= COUNT:
        return f"only {COUNT} files are taken"
    if entry.size > FILE:
        return f"it has more than {FILE >> 20} MB"
    if sum(map(len, taken.files.values())) + entry.size > TOTAL:
        return f"all files together have more than {TOTAL >> 20} MB"
    return ""


def binary(name: str, data: bytes) -> str:
    """Whether it is no text: what is no Python, TOML or text has no place in the steps."""
    if b"\0" in data:
        return "it is no text"
    if name.endswith(".py") and len(data) > 0:
        with contextlib.suppress(UnicodeDecodeError):
            data.decode("utf-8")
            return ""
        if not re.search(rb"coding[:=]", b"\n".join(data.split(b"\n")[:2])):
            return "it is no text"
    return ""


# ---------------------------------------------------------------- the kinds of sources


KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISREG, "file"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _kind(mode: int) -> str:
    return next((word for test, word in KINDS if test(mode)), "something else")


def _of_folder(source: Path) -> Iterator[Entry]:
    """A folder, or a git clone. Follows no link, also none that takes a file's place meanwhile."""
    tops = [source / STEPS]
    if not tops[0].is_dir():
        tops = [one / STEPS for one in sorted(source.iterdir()) if not one.is_symlink()]
        tops = [one for one in tops if one.is_dir()]
        if len(tops) > 1:
            names = ", ".join(one.parent.name for one in tops[:3])
            raise IntakeTrouble(f"{source} has several folders with steps: {names}.")
    for top in tops:
        if top.is_symlink():
            yield Entry(f"{STEPS}/", "a link", 0, bytes)
            return
        yield from _walk(top, STEPS, 0)


def _walk(folder: Path, name: str, depth: int) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        inside = sorted(found, key=lambda one: one.name)
    for one in inside:
        facts = one.stat(follow_symlinks=False)
        path, kind = Path(one.path), _kind(facts.st_mode)
        below = f"{name}/{one.name}"
        if kind == "folder" and depth < 20 and not SKIPPED.search(one.name):
            yield from _walk(path, below, depth + 1)
        elif kind != "folder":
            yield Entry(below, kind, facts.st_size, partial(_read_file, path))


def _read_file(path: Path) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("no regular file any more")
        return file.read(FILE + 1)


def _of_zip(source: Path) -> Iterator[Entry]:
    """A zip file. What it says of sizes is not believed: no more is read than is allowed."""
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            kind = "folder" if info.is_dir() else _kind(mode) if stat.S_IFMT(mode) else "file"
            yield Entry(info.filename, kind, info.file_size, partial(_read, archive, info))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        return file.read(FILE + 1)


class Counted:
    """A stream that ends with an error once too much was read out of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.left = UNPACKED

    def read(self, size: int = -1) -> bytes:
        """Reads on."""
        data = self.file.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self.left -= len(data)
        if self.left < 0:
            raise tarfile.ReadError(f"it unpacks to more than {UNPACKED >> 20} MB")
        return data


def _of_tar(source: Path) -> Iterator[Entry]:
    """A tar file, compressed or not, from its beginning to its end; nothing is sought in it."""
    with contextlib.ExitStack() as stack:
        file: IO[bytes] = stack.enter_context(_unpacked(source))
        counted: Any = Counted(file)
        archive: Any = stack.enter_context(tarfile.open(fileobj=counted, mode="r|"))
        for info in archive:
            kind = _kind_in_tar(info)
            yield Entry(info.name, kind, info.size, partial(_member, archive, info))
            archive.members = []  # of which it would keep all


def _unpacked(source: Path) -> Any:
    import bz2
    import gzip
    import lzma

    with source.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(source)
    if head.startswith(b"BZh"):
        return bz2.open(source)
    if head.startswith(b"\xfd7zXZ"):
        return lzma.open(source)
    return source.open("rb")


def _kind_in_tar(info: tarfile.TarInfo) -> str:
    if info.isreg() and not info.issparse():
        return "file"
    if info.isdir():
        return "folder"
    if info.issym() or info.islnk():
        return "a link"
    return "a pipe" if info.isfifo() else "a device" if info.isdev() else "something else"


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(info)
    if file is None:
        raise tarfile.ReadError("no file")
    return file.read(FILE + 1)


# ---------------------------------------------------------------- the workbook's own files


def pristine_files(root: Path) -> dict[str, bytes]:
    """The files of the workbook's own steps, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / STEPS).rglob("*"))
        if path.is_file() and not SKIPPED.search(path.relative_to(root).as_posix())
    }
