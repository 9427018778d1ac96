"""Tools for experiments and tests with files. Nothing of the server uses them.

Values are plain here: a string is `bytes`, a list `list[bytes]`, a set `set[bytes]`, a hash
`dict[bytes, bytes]`, a sorted set `dict[bytes, float]`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from steps.s02_resp.values import Request
from steps.s03_store.store import Value
from steps.s06_types.zset import SortedSet
from steps.s07_persistence.aof.journal import ALWAYS, EVERYSEC, Journal, JournalError, Rewrite
from steps.s07_persistence.aof.replay import JournalReader
from steps.s07_persistence.clock import SECOND, ManualClock
from steps.s07_persistence.damage import DamagedFile
from steps.s07_persistence.databases import Contents, Databases
from steps.s07_persistence.disk import Disk, replace_file
from steps.s07_persistence.rdb.reader import read_all
from steps.s07_persistence.rdb.snapshot import load, save
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import encode_entry, rdb_chunks
from workbook.labs.raising import raised
from workbook.labs.s02 import CountedBytes
from workbook.patience import patience

# --- values --------------------------------------------------------------------------------------


def value_of(plain: Any) -> Value:
    """The value that the server keeps for a plain one."""
    match plain:
        case list():
            return deque(plain)
        case dict() if all(isinstance(score, float) for score in plain.values()):
            return SortedSet(plain.items())
        case _:
            return plain


def plain_of(value: Value) -> Any:
    """The plain form of a value that the server keeps."""
    match value:
        case deque():
            return list(value)
        case SortedSet():
            return dict(value.items())
        case set() | dict():
            return value.copy()
        case _:
            return value


class Shelf(dict[int, Contents]):
    """Databases put together by hand."""

    def put(self, key: bytes, plain: Any, deadline: int | None = None, database: int = 0) -> None:
        """Keeps a value, with a deadline in milliseconds since 1970 if there is one."""
        contents = self.setdefault(database, Contents())
        contents.data[key] = value_of(plain)
        if deadline is not None:
            contents.expires[key] = deadline

    def change(self, key: bytes, item: bytes, database: int = 0) -> None:
        """Changes the container under `key` in place, as a command does."""
        match self[database].data[key]:
            case deque() as items:
                items.append(item)
            case set() as members:
                members.add(item)
            case dict() as fields:
                fields[item] = item
            case SortedSet() as board:
                board.scores[item] = 0.0
                board.order.insert(0, (0.0, item))


def entry_bytes(key: bytes, plain: Any, deadline: int | None = None) -> bytes:
    """What `encode_entry` makes of a plain value."""
    return encode_entry(key, value_of(plain), deadline)


def copied_by_entry(kind: str, items: int, length: int) -> int:
    """How many bytes `encode_entry` copies by `+` for a value of that many items of this length."""
    names = [CountedBytes(b"%0*d" % (length, number)) for number in range(items)]
    values = {
        "list": names,
        "set": set(names),
        "hash": dict.fromkeys(names, b"v"),
        "zset": dict.fromkeys(names, 0.5),
    }
    CountedBytes.copied = 0
    entry_bytes(b"k", values[kind])
    return CountedBytes.copied


def plain_databases(databases: dict[int, Contents]) -> dict[int, dict[bytes, tuple[Any, Any]]]:
    """By database and key: the plain value and the deadline, or None."""
    return {
        number: {
            key: (plain_of(value), contents.expires.get(key))
            for key, value in contents.data.items()
        }
        for number, contents in databases.items()
    }


def loaded(path: str, now: int | None = None) -> dict[int, dict[bytes, tuple[Any, Any]]]:
    """What a snapshot holds, as plain values with their deadlines."""
    return plain_databases(load(path, now))


def why_refused(path: str) -> str:
    """The sentence with which a snapshot is refused, or "" if it is accepted."""
    try:
        load(path)
    except DamagedFile as damage:
        return str(damage)
    return ""


def saved_again(data: bytes) -> tuple[str, bytes]:
    """Why a snapshot of these bytes is refused, and b""; or "", and the snapshot of what it holds."""
    try:
        databases = read_all(Source(BytesIO(data), "a snapshot"))
    except DamagedFile as damage:
        return str(damage), b""
    return "", b"".join(rdb_chunks(databases, 0))


# --- a journal -----------------------------------------------------------------------------------


def requests_in(path: str) -> tuple[list[Request], int, str]:
    """The requests of one file that count, where the last one ends, and why it is refused."""
    found: list[Request] = []
    with JournalReader(path) as reader:
        try:
            for request in reader.requests():
                found.append(request)
        except DamagedFile as damage:
            return found, reader.whole, str(damage)
        return found, reader.whole, ""


def read_for_the_first(path: str) -> int:
    """How many requests of a file are read before `requests` yields the first one."""
    with JournalReader(path) as reader:
        calls = 0
        next_request = reader.next_request

        def counted() -> Any:
            nonlocal calls
            calls += 1
            return next_request()

        reader.next_request = counted  # type: ignore[method-assign]
        next(reader.requests())
        return calls


def replayed(
    folder: str, name: str = "appendonly.aof"
) -> tuple[dict[int, dict[bytes, tuple[Any, Any]]], list[tuple[int, Request]], list[str]]:
    """What the base of an append-only file holds, the requests after it, and the notices."""
    journal = Journal(folder, name)
    databases = plain_databases(journal.load())
    requests = list(journal.replay())
    return databases, requests, journal.notices


def why_not_replayed(folder: str, name: str = "appendonly.aof") -> str:
    """The sentence with which an append-only file is refused, or "" if it is accepted."""
    try:
        replayed(folder, name)
    except DamagedFile as damage:
        return str(damage)
    return ""


def reply_of_flush(journal: Journal, *, tick: bool = False) -> str:
    """The error reply that a flush (or a tick) ends in, or "" if it succeeds."""
    try:
        if tick:
            journal.tick()
        else:
            journal.flush()
    except JournalError as error:
        return str(error)
    return ""


def cause_of_flush(journal: Journal) -> str:
    """The name of the error that made a flush fail, its cause, or "" if it has none."""
    try:
        journal.flush()
    except JournalError as error:
        return type(error.__cause__).__name__ if error.__cause__ else ""
    return ""


def why_not_rewritten(journal: Journal) -> str:
    """What goes wrong when a journal is rewritten with nothing in its base; "" if nothing does."""
    try:
        journal.rewrite({})
    except (JournalError, OSError) as error:
        return str(error)
    return ""


def folder_of_journal(journal: Journal) -> list[str]:
    """The files of a journal, as a picture shows them: the increments first, the manifest last.

    All names begin alike. That part is left out.
    """
    parts = sorted(Path(journal.folder).iterdir(), reverse=True)
    parts.sort(key=lambda part: part.suffix == ".manifest")
    return [
        f"{part.name.removeprefix('appendonly.aof.')}  {part.stat().st_size} B" for part in parts
    ]


def rewrite_watched(journal: Journal, databases: Databases) -> list[tuple[str, list[str]]]:
    """Rewrites the journal; which files there are before it, in the middle of it, and after it."""
    before = folder_of_journal(journal)
    rewrite = journal.begin_rewrite(databases)
    between = folder_of_journal(journal)
    rewrite.finish()
    return [("before", before), ("it runs", between), ("it is done", folder_of_journal(journal))]


# --- a disk that keeps a record, and fails -------------------------------------------------------


class RecordingDisk(Disk):
    """A disk that records each call in `calls`.

    A file that is not finished is called `temporary`; a sync tells how many bytes the system had
    been given by then. `fail("sync")` makes the next sync fail as on a full disk.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.open_when_replaced = False
        """Whether a file was still open when it took the place of another."""
        self.open_when_removed = False
        """Whether a file was still open when it was removed."""
        self._created: list[BinaryIO] = []
        self._failures: dict[str, int] = {}

    def fail(self, call: str, number: int = 1) -> None:
        """Lets the next `number` calls of this name fail; a write gets half of its bytes out."""
        self._failures[call] = number

    def heal(self) -> None:
        """Nothing fails any more."""
        self._failures.clear()

    def forget(self) -> None:
        """Empties `calls`."""
        self.calls.clear()

    def create(self, path: str) -> BinaryIO:
        self._note("create", path)
        self._created.append(super().create(path))
        return self._created[-1]

    def extend(self, path: str) -> BinaryIO:
        self._note("extend", path)
        return super().extend(path)

    def write(self, file: BinaryIO, data: bytes) -> None:
        try:
            self._note("write", file.name, len(data))
        except OSError:
            super().write(file, data[: len(data) // 2])
            raise
        super().write(file, data)

    def cut(self, file: BinaryIO, size: int) -> None:
        self._note("cut", file.name, size)
        super().cut(file, size)

    def sync(self, file: BinaryIO) -> None:
        self._note("sync", file.name, os.fstat(file.fileno()).st_size)
        super().sync(file)

    def sync_folder(self, path: str) -> None:
        self._note("sync_folder", path)
        super().sync_folder(path)

    def replace(self, source: str, target: str) -> None:
        self._note("replace", target)
        self.open_when_replaced |= self._is_open(source)
        super().replace(source, target)

    def remove(self, path: str) -> None:
        self._note("remove", path)
        self.open_when_removed |= self._is_open(path)
        super().remove(path)

    def _is_open(self, path: str) -> bool:
        return any(file.name == path and not file.closed for file in self._created)

    def _note(self, call: str, path: str, size: int | None = None) -> None:
        name = os.path.basename(path)
        shown = "temporary" if name.endswith(".tmp") else name
        self.calls.append(f"{call} {shown}" if size is None else f"{call} {shown} {size}")
        if self._failures.get(call, 0) > 0:
            self._failures[call] -= 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def write_in_pieces(
    path: str,
    pieces: list[bytes],
    disk: RecordingDisk,
    *,
    interrupted: bool = False,
    folder: str = ".",
) -> str:
    """Calls `replace_file` with a generator; returns the name of the error, or "".

    The disk's `calls` say when each piece was asked for. `interrupted`: Ctrl-C after the last one.
    `folder` is the current folder meanwhile.
    """

    def generator() -> Iterator[bytes]:
        for piece in pieces:
            disk.calls.append("next piece")
            yield piece
        if interrupted:
            raise KeyboardInterrupt

    with contextlib.chdir(folder):
        return raised(lambda: replace_file(path, generator(), disk), OSError, KeyboardInterrupt)


class PowerCut(BaseException):
    """The machine is off: nothing after this line happens, no `except` and no `finally`."""


class FragileDisk(Disk):
    """A disk that knows what a power cut would leave of the files in one folder.

    Bytes are safe once their file was synced, names once the folder was. `cut_power_at(n)` lets the
    n-th call from now on, and every later one, find the power gone.
    """

    def __init__(self) -> None:
        self.left: int | None = None
        self.names: dict[str, int] = {}
        self.safe_names: dict[str, int] = {}
        self.bytes: dict[int, bytes] = {}
        self.safe_bytes: dict[int, bytes] = {}

    def cut_power_at(self, call: int) -> None:
        """The power is cut before the call of this number; the next one is 0."""
        self.left = call

    def leave(self, folder: str, *, names: str, contents: str) -> None:
        """Writes into another folder what the power cut left.

        What was not safe is a matter of luck: of `names` and `contents` either the "old" ones are
        there, which were safe, or the "new" ones; or "half" of the bytes that were not safe.
        """
        os.makedirs(folder)
        for name, number in (self.names if names == "new" else self.safe_names).items():
            new, safe = self.bytes[number], self.safe_bytes.get(number, b"")
            data = {"new": new, "old": safe, "half": new[: (len(safe) + len(new)) // 2]}[contents]
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)

    def create(self, path: str) -> BinaryIO:
        self._spend()
        return self._opened(super().create(path))

    def extend(self, path: str) -> BinaryIO:
        self._spend()
        return self._opened(super().extend(path))

    def write(self, file: BinaryIO, data: bytes) -> None:
        self._spend()
        super().write(file, data)
        self._note(file)

    def cut(self, file: BinaryIO, size: int) -> None:
        self._spend()
        super().cut(file, size)
        self._note(file)

    def sync(self, file: BinaryIO) -> None:
        self._spend()
        self.safe_bytes[_number(file)] = self._note(file)

    def sync_folder(self, path: str) -> None:
        self._spend()
        self.safe_names = self.names.copy()

    def replace(self, source: str, target: str) -> None:
        self._spend()
        super().replace(source, target)
        self.names[os.path.basename(target)] = self.names.pop(os.path.basename(source))
        with open(target, "rb") as file:
            self._note(file)

    def remove(self, path: str) -> None:
        self._spend()
        super().remove(path)
        del self.names[os.path.basename(path)]

    def _spend(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise PowerCut

    def _opened(self, file: BinaryIO) -> BinaryIO:
        name, number = os.path.basename(file.name), _number(file)
        if self.names.get(name) != number:
            self.safe_bytes.pop(number, None)  # a file that is gone may have had this number
        self.names[name] = number
        self._note(file)
        return file

    def _note(self, file: BinaryIO) -> bytes:
        """What the system has been given for a file. Python may hold more of it."""
        with open(file.name, "rb") as same:
            data = self.bytes[_number(file)] = same.read()
        return data


def _number(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_ino


def power_cut_while_saving(old: Shelf, new: Shelf, path: str, call: int) -> FragileDisk | None:
    """Saves `old`, then `new`, with the power cut at a call; None if that call was never made."""
    disk = FragileDisk()
    save(old, path, disk)
    disk.cut_power_at(call)
    try:
        save(new, path, disk)
    except PowerCut:
        return disk
    return None


def power_cut_in_the_journal(folder: str, call: int) -> tuple[FragileDisk, int, int, bool]:
    """The life of a journal under `always`, with the power cut at a call.

    Items are appended to the list `l`, one by one, with a rewrite in between. Returns the
    disk, how many items were acknowledged, how many were tried, and whether the end was reached.
    """
    disk = FragileDisk()
    disk.cut_power_at(call)
    shelf = Shelf()
    shelf.put(b"l", [])
    tried = acknowledged = 0
    rewrite: Rewrite | None = None
    try:
        journal = Journal(folder, policy=ALWAYS, clock=ManualClock(), disk=disk)
        journal.start({})
        for step in "aaraafaarfaa":
            if step == "a":
                tried += 1
                shelf.change(b"l", b"%d" % tried)
                journal.append(0, [[b"RPUSH", b"l", b"%d" % tried]])
                journal.flush()
                acknowledged = tried
            elif step == "r":
                rewrite = journal.begin_rewrite(shelf)
            elif rewrite:
                rewrite.finish()
        journal.close()
    except PowerCut:
        return disk, acknowledged, tried, False
    return disk, acknowledged, tried, True


class _SlowDisk(RecordingDisk):
    """Once `slow` is cleared a sync lasts until it is set again; `busy` says that one has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = threading.Event()
        self.slow.set()
        self.busy = threading.Event()

    def sync(self, file: BinaryIO) -> None:
        super().sync(file)
        self.busy.set()
        self.slow.wait(10)


def commit_together(folder: str, clients: int) -> list[str]:
    """The calls when one client commits, and others want to while the disk is busy with the first.

    All under `always`: nobody returns before their own bytes are on the disk.
    """
    disk = _SlowDisk()
    journal = Journal(folder, policy=ALWAYS, clock=ManualClock(), disk=disk)
    journal.start({})
    disk.forget()
    disk.busy.clear()
    disk.slow.clear()
    with ThreadPoolExecutor(clients) as pool:
        journal.append(0, [[b"SET", b"first", b"1"]])
        commits = [pool.submit(journal.flush)]
        while not (disk.busy.wait(0.01) or commits[0].done()):
            pass
        for _ in range(clients - 1):
            journal.append(0, [[b"INCR", b"others"]])
            commits.append(pool.submit(journal.flush))
        disk.slow.set()
    for commit in commits:
        commit.result()
    calls = disk.calls.copy()
    journal.close()
    return calls


def commit_during_a_sync(folder: str) -> list[str]:
    """The calls when a client commits under `everysec` while the background syncs, in their order."""
    disk, clock = _SlowDisk(), ManualClock()
    journal = Journal(folder, policy=EVERYSEC, clock=clock, disk=disk)
    journal.start({})
    disk.forget()
    disk.busy.clear()
    disk.slow.clear()
    journal.append(0, [[b"SET", b"k", b"v"]])
    journal.flush()
    clock.advance(SECOND)
    with ThreadPoolExecutor(2) as pool:
        sync = pool.submit(journal.tick)
        while not (disk.busy.wait(0.01) or sync.done()):
            pass
        journal.append(0, [[b"DEL", b"k"]])
        commit = pool.submit(journal.flush)
        wait([commit], timeout=patience())
        calls = disk.calls.copy()
        disk.slow.set()
    sync.result()
    commit.result()
    journal.close()
    return calls
