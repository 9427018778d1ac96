"""The append-only file: every change is written before its reply is sent.

The life of a journal:

    journal = Journal(folder, "appendonly.aof", policy="everysec")
    databases = journal.load()                      # the base, as in a snapshot
    for number, request in journal.replay(): ...    # the changes since: execute them
    journal.start(databases)                        # write from here on; journal.notices says more

    journal.append(0, [[b"SET", b"k", b"v"]])       # with the locks of the command still held
    journal.flush()                                 # before the replies go out: once for many
    journal.tick()                                  # ten times a second, in the background
    journal.rewrite(databases)                      # a new base, and the old files go
    journal.close()

`append` puts bytes into a buffer, in the order in which the changes were made. `flush` hands the
buffer to the operating system, so a crash of the server loses nothing that was acknowledged. What
a power cut loses is a matter of policy: `always` syncs in each flush, `everysec` about once a
second in the background, `no` leaves it to the system.

A flush always writes its own bytes and never leaves them to a later flush. So a sync in the
background must not keep flushes waiting: there is a lock for writing and another one for that
sync, and the kernel accepts new bytes for a file while it writes the old ones to the disk.

Under `always` many clients share one sync (group commit): while one thread waits for the disk, the
others append. The next one then writes and syncs for all of them, and the rest find that their
bytes are already safe.

Errors: if writing fails, the file is cut back to its last whole request, the bytes are kept for
the next attempt, and `trouble` holds the reply that every writing command should get until an
attempt succeeds. Redis does the same, except under `always`, where it gives up and exits.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from errno import EINVAL
from importlib import import_module
from typing import BinaryIO, Final, NamedTuple

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError, Request
from steps.s07_persistence.aof.manifest import (
    BASE,
    Manifest,
    Part,
    manifest_path,
    read_manifest,
    write_manifest,
)
from steps.s07_persistence.aof.replay import JournalReader
from steps.s07_persistence.clock import SECOND, Clock, steady
from steps.s07_persistence.damage import DamagedJournal, NotRun
from steps.s07_persistence.databases import Contents, Databases, picture
from steps.s07_persistence.disk import DISK, Disk, folder_of, ignore, open_file, replace_file, sweep
from steps.s07_persistence.rdb.format import MAGIC
from steps.s07_persistence.rdb.reader import read_all
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import gathered, rdb_chunks

ALWAYS: Final = "always"
EVERYSEC: Final = "everysec"
NO: Final = "no"

IN_PROGRESS: Final = "ERR Background append only file rewriting already in progress"


class JournalError(CommandError):
    """The journal could not be written: the reply to clients that must not get OK."""


class Rewrite(NamedTuple):
    """A rewrite in progress: the contents of the new base, and the first increment after it."""

    journal: Journal
    contents: Databases
    first: int

    def finish(self) -> None:
        """The slow half, for any thread and without a lock: the new base replaces the old files.

        Raises OSError: the old files then stay in force, and the journal goes on in the new one
        after them.
        """
        self.journal.finish_rewrite(self)


class Journal:
    """An append-only file in `folder`. `trouble` is None as long as it can be written and synced."""

    def __init__(
        self,
        folder: str,
        name: str = "appendonly.aof",
        *,
        policy: str = EVERYSEC,
        preamble: bool = True,
        clock: Clock = steady,
        disk: Disk = DISK,
    ) -> None:
        """Reads the manifest, and nothing else yet. Raises DamagedJournal."""
        self.folder = folder
        self.name = name
        self.policy = policy
        self.preamble = preamble
        """Whether the next base is to be a snapshot; otherwise it is all requests."""
        self.clock = clock
        self.disk = disk
        self.notices: list[str] = []
        self.error: str | None = None
        """Why the last write failed, as an error reply."""
        self.sync_error: str | None = None
        """Why the last sync in the background failed."""
        self.rewriting = False
        self.manifest = read_manifest(folder, name)
        self.on_read: Callable[[int], None] = ignore
        """Called with each number of bytes that are read, during `load` and `replay`."""
        self._behind_base = 0
        self._reader: JournalReader | None = None

        self.file: BinaryIO | None = None
        self.size = 0
        """Bytes in `file`: all of them whole requests that were written without an error."""
        self.unsynced = False
        """Whether `file` has bytes that no sync has covered yet."""
        self.synced_at = clock()
        """When the last sync ended."""
        self.base_size = self.older_size = 0

        self._buffer = bytearray()
        self._appended = self._settled = 0
        self._database: int | None = None
        # A thread that needs several takes them in this order.
        self._writing = threading.Lock()  # for the file: held while bytes go to the system
        self._syncing = threading.Lock()  # for the sync in the background: the file stays open
        self._lock = threading.Lock()  # for the buffer: held for moments

    # --- from the files into memory --------------------------------------------------------------

    def adopt(self, path: str) -> None:
        """Takes an append-only file of Redis 4 to 6, one file at `path`, into the folder as its base.

        It does nothing if the file is missing, or if the folder already has a journal. The
        manifest is written first: a crash between the two steps leaves a manifest whose base is
        still missing, and the next start continues from there. Redis 7.0 does the same
        (`aofUpgradePrepare`). It ignores a folder or a pipe of that name, and a link that leads
        nowhere; here they raise OSError, since the data are probably elsewhere.
        """
        base = Part(self.name, 1, BASE)
        inside = self._path(base)
        pending = self.manifest == Manifest(self.name, base) and not os.path.exists(inside)
        if not os.path.lexists(path) or not (self.manifest is None or pending):
            return
        if not os.path.isfile(path):
            raise OSError(EINVAL, f"{os.path.basename(path)} is not a file")
        self.disk.make_folder(self.folder)
        self.manifest = Manifest(self.name, base)
        write_manifest(self.folder, self.manifest, self.disk)
        self.disk.replace(path, inside)
        self.disk.sync_folder(self.folder)
        self.disk.sync_folder(folder_of(path))
        self.notices.append(f"{path}, as Redis wrote it before version 7, is now {inside}")

    def load(self) -> dict[int, Contents]:
        """The databases in the base; none if there is no base, or one of requests only.

        Raises DamagedJournal or DamagedSnapshot.
        """
        base = self.manifest.base if self.manifest else None
        if base is None:
            return {}
        with self._open(base) as file:
            if file.read(len(MAGIC)) != MAGIC:
                return {}
            file.seek(0)
            source = Source(file, self._path(base), self.on_read)
            databases = read_all(source)
            self._behind_base = source.offset  # an old base goes on with requests
        return databases

    def replay(self) -> Iterator[tuple[int, Request]]:
        """The requests that follow what `load` returned, each with its database's number, in order.

        A torn tail is cut off at the end, with a notice. Raises DamagedJournal; the databases are
        then useless, and the server must not start.
        """
        parts = self.manifest.parts if self.manifest else []
        for part in parts:
            self._open(part).close()  # better to notice a missing file now than after ten minutes
        for part in parts:
            start = self._behind_base if part.kind == BASE else 0
            with JournalReader(self._path(part), start, self.on_read) as reader:
                self._reader = reader
                yield from reader.selected()
                if reader.whole < reader.size:
                    self._mend(reader, last=part is parts[-1])

    def sizes(self) -> list[int]:
        """The bytes in each of the files, in order."""
        parts = self.manifest.parts if self.manifest else []
        sizes = []
        for part in parts:
            with self._open(part) as file:
                sizes.append(os.fstat(file.fileno()).st_size)
        return sizes

    def not_run(self, why: str) -> NotRun:
        """The error for the request that `replay` gave last: this server can't run it."""
        assert self._reader is not None
        return self._reader.not_run(why)

    def _mend(self, reader: JournalReader, *, last: bool) -> None:
        if not last:
            what = "a request begins that is not whole, although other files follow this one"
            raise DamagedJournal(reader.path, reader.whole, what)
        self.notices.append(reader.mend(self.disk))

    def _open(self, part: Part) -> BinaryIO:
        try:
            return open_file(self._path(part))
        except FileNotFoundError as error:
            path = manifest_path(self.folder, self.name)
            raise DamagedJournal(path, 0, f"it names {part.name}, which is missing") from error

    def _path(self, part: Part) -> str:
        return os.path.join(self.folder, part.name)

    # --- from memory into the files --------------------------------------------------------------

    def start(self, databases: Databases) -> None:
        """Opens the journal for writing, at its end; or creates it, with `databases` as its base."""
        self.disk.make_folder(self.folder)
        sweep(manifest_path(self.folder, self.name), self.disk)
        manifest = self.manifest
        if manifest is None:
            manifest = self._first(databases)
        elif not manifest.increments:
            manifest = manifest.with_increment()
        if manifest is self.manifest:
            self.file = self.disk.extend(self._path(manifest.increments[-1]))
        else:
            self.file = self._new_file(manifest.increments[-1])
            write_manifest(self.folder, manifest, self.disk)
        self.manifest = manifest
        self._forget_history()
        self._measure()

    def _first(self, databases: Databases) -> Manifest:
        manifest = Manifest(self.name)
        base = self._write_base(manifest, databases)
        return manifest.with_base(base, 1).with_increment()

    def _new_file(self, part: Part) -> BinaryIO:
        file = self.disk.extend(self._path(part))
        self.disk.cut(file, 0)  # a file of this name belongs to no manifest
        return file

    def _write_base(self, manifest: Manifest, databases: Databases) -> Part:
        """Writes the base that would follow that of `manifest`."""
        base = manifest.next_base("rdb" if self.preamble else "aof")
        path, now = self._path(base), self.clock()
        if self.preamble:
            chunks = rdb_chunks(databases, now, aof_base=True)
        else:
            requests = import_module("steps.s07_persistence.aof.requests")
            chunks = gathered(requests.aof_chunks(databases, now))
        sweep(path, self.disk)
        replace_file(path, chunks, self.disk)
        return base

    def _measure(self) -> None:
        assert self.manifest is not None
        sizes = self.sizes()
        self.size = sizes[-1]
        self.older_size = sum(sizes[:-1])
        self.base_size = sizes[0] if self.manifest.base else 0

    @property
    def total_size(self) -> int:
        """Bytes in all files of the journal."""
        return self.older_size + self.size

    @property
    def waiting(self) -> int:
        """Bytes that were appended but not written yet."""
        return len(self._buffer)

    @property
    def to_do(self) -> bool:
        """Whether there is something that `tick` may have to write or to sync."""
        return self._settled < self._appended or (self.unsynced and self.policy != NO)

    def append(self, database: int, requests: Sequence[Request]) -> None:
        """Notes changes that have been made. Several in one call count together or not at all.

        The caller still holds the locks under which it made them, so the order here is the order
        in which they were made.
        """
        if not requests:
            return
        with self._lock:
            data = b"".join(map(encode, requests))
            if len(requests) > 1:
                data = encode([b"MULTI"]) + data + encode([b"EXEC"])
            if database != self._database:
                data = select(database) + data
            self._buffer += data
            self._appended += len(data)
            self._database = database

    @property
    def trouble(self) -> str | None:
        """The reply that every writing command should get at the moment, if there is one."""
        return self.error or self.sync_error

    def flush(self) -> None:
        """Writes what has been appended so far. Raises JournalError: then no client may get OK.

        When it returns, the operating system has the bytes, whatever the policy: a reply may go
        out. Under `always` the disk has them, too.
        """
        goal = self._appended
        if self._settled < goal:
            self._settle(goal, tick=False)

    def tick(self) -> None:
        """Does what is due in the background. Call it about ten times a second. Raises JournalError."""
        self._settle(self._appended, tick=True)

    def _settle(self, goal: int, *, tick: bool) -> None:
        with self._writing:
            if self.file is None or (self._settled >= goal and not tick):
                return  # another thread has written them
            position = self._appended
            due = self.write_out(self.file, tick)
            self._settled = position
        if due:
            self._sync_behind()

    def write_out(self, file: BinaryIO, tick: bool) -> bool:
        """Hands what has been appended to the operating system, and syncs as the policy says.

        All that has been appended since the last time (`self.take`) goes out in one write, through
        `self.disk`, and counts in `self.size`; if there is nothing, nothing is written. What is written
        is `self.unsynced` until a sync (`self.sync`).

        ALWAYS: it is on the disk when this returns, for then the replies go out. EVERYSEC and NO:
        nothing is synced here. The result says whether a sync is due that no reply waits for, which
        the caller then does while others write on: with EVERYSEC, in the background (`tick`), if
        something is unsynced and the last sync (`self.synced_at`) is SECOND milliseconds ago or
        more.

        An OSError becomes what `self.failed(file, data, error)` returns, which keeps the data for
        the next try. After a success `self.error` is None. Only one thread at a time is in here.
        """
        raise NotImplementedError("exercise 7.7")

    def sync(self, file: BinaryIO) -> None:
        """Waits until the disk has what was written to `file`. Raises OSError if it may not have it."""
        self.unsynced = False  # before the sync, as bytes written from here on need another one
        try:
            self.disk.sync(file)
        except OSError:
            self.unsynced = True
            raise
        self.synced_at = self.clock()
        self.sync_error = None

    def _sync_behind(self) -> None:
        """A sync in the background, while others write."""
        with self._syncing:
            if self.file is None or not self.unsynced:
                return
            try:
                self.sync(self.file)
            except OSError as error:
                self.sync_error = refusal(error)
                raise JournalError(self.sync_error) from error

    def take(self) -> bytes:
        """Empties the buffer and returns what was in it."""
        with self._lock:
            data = bytes(self._buffer)
            self._buffer.clear()
        return data

    def failed(self, file: BinaryIO, data: bytes, error: OSError) -> JournalError:
        """Repairs what a failed write or sync left behind; returns the error to raise.

        After a failed sync, too, the bytes count as not written: the system has dropped them from
        its memory, and a second sync would succeed without them.
        """
        with suppress(OSError):
            self.disk.cut(file, self.size)
        kept = os.fstat(file.fileno()).st_size - self.size  # 0, unless the file could not be cut
        self.size += kept
        with self._lock:
            self._buffer[:0] = data[kept:]
        self.error = refusal(error)
        return JournalError(self.error)

    def close(self) -> None:
        """Writes and syncs everything, and closes the file. Raises JournalError or OSError."""
        with self._writing, self._syncing:
            if self.file is not None:
                self._complete(self.file)
                self.file.close()
                self.file = None

    def _complete(self, file: BinaryIO) -> None:
        """Writes what is in the buffer and syncs, whatever the policy."""
        self.write_out(file, tick=True)
        self.sync(file)

    # --- rewriting -------------------------------------------------------------------------------

    def rewrite(self, databases: Databases) -> None:
        """Replaces all files by a new base and one new file of increments.

        The caller holds all locks until it is done. A caller that cannot wait that long uses the
        two halves.
        """
        self.begin_rewrite(databases).finish()

    def begin_rewrite(self, databases: Databases) -> Rewrite:
        """The half of a rewrite that needs all locks: from here on, changes go to a new file.

        Raises JournalError or OSError; then nothing has begun.
        """
        with self._writing, self._syncing:
            assert self.file is not None
            assert self.manifest is not None
            if self.rewriting:
                raise JournalError(IN_PROGRESS)
            contents = picture(databases)
            self._next_increment(self.file, self.manifest.with_increment())
            self.rewriting = True
            return Rewrite(self, contents, self.manifest.increments[-1].number)

    def _next_increment(self, old: BinaryIO, manifest: Manifest) -> None:
        """Continues in a new file; the old one is complete before the manifest names the new one."""
        self._complete(old)
        new = self._new_file(manifest.increments[-1])
        try:
            write_manifest(self.folder, manifest, self.disk)
        finally:
            # Whatever went wrong, if the manifest already has its name, it is in force, and
            # changes written to the old file from here on would not be in the last file.
            if read_manifest(self.folder, self.name) == manifest:
                old.close()
                self._go_on(new, manifest)
            else:
                new.close()

    def _go_on(self, new: BinaryIO, manifest: Manifest) -> None:
        self.file, self.manifest = new, manifest
        self.older_size += self.size
        self.size, self.unsynced = 0, False
        with self._lock:
            self._database = None  # each file begins without a database

    def finish_rewrite(self, rewrite: Rewrite) -> None:
        """Puts a new base in force and removes the files that it replaces."""
        try:
            assert self.manifest is not None
            base = self._write_base(self.manifest, rewrite.contents)
            with self._writing:
                manifest = self.manifest.with_base(base, rewrite.first)
                write_manifest(self.folder, manifest, self.disk)
                self.manifest = manifest
                self._measure()
                self._forget_history()
        finally:
            self.rewriting = False

    def _forget_history(self) -> None:
        """Removes the files that have been replaced, and then their names."""
        assert self.manifest is not None
        if not self.manifest.history:
            return
        for part in self.manifest.history:
            with suppress(FileNotFoundError):
                self.disk.remove(self._path(part))
        self.manifest = Manifest(self.name, self.manifest.base, self.manifest.increments)
        write_manifest(self.folder, self.manifest, self.disk)


def refusal(error: OSError) -> str:
    """The error reply for a journal that cannot be written."""
    return f"MISCONF Errors writing to the AOF file: {error.strerror or error}"


def select(database: int) -> bytes:
    """The request that says which database the following ones belong to."""
    return encode([b"SELECT", b"%d" % database])
