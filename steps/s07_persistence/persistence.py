"""The files of a running server: what it loads at the start, and when it writes what.

A snapshot is written now and then and holds everything. A journal is written all the time and holds
every change. Either may be off. The work on the files themselves is in `snapshot.py` and
`journal.py`; here it is decided when, and what happens if it goes wrong.

Nothing here takes a lock on the keyspace: the caller makes sure that no command runs meanwhile.
Slow work (turning a million values into bytes) is done in a thread of its own, on a picture.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from steps.s01_echo.cli import StartError
from steps.s02_resp.values import CommandError, Request
from steps.s07_persistence.aof.journal import IN_PROGRESS, Journal, JournalError, Rewrite
from steps.s07_persistence.clock import SECOND, Clock
from steps.s07_persistence.damage import DamagedFile
from steps.s07_persistence.databases import Contents, Databases, picture
from steps.s07_persistence.disk import DISK, Disk, sweep
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.rdb import snapshot
from steps.s07_persistence.settings import Settings
from steps.unwritten import Unwritten

log = logging.getLogger(__name__)

Apply = Callable[[int, Request], None]
"""Runs a request of the journal on the database of that number. Raises CommandError if it cannot."""

RETRY: Final = 5 * SECOND
"""Milliseconds after a failed save before the rules try again. Redis: CONFIG_BGSAVE_RETRY_DELAY."""

SAVING: Final = "ERR Background save already in progress"
UNSAVED: Final = (
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to"
    " disk. Commands that may modify the data set are disabled, because this instance is configured"
    " to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option)."
    " Please check the Redis logs for details about the RDB error."
)


def in_one_block(changes: Sequence[tuple[int, Request]]) -> list[Request]:
    """Changes of several databases as requests of the first: SELECT switches to others, and back."""
    first = current = changes[0][0]
    requests: list[Request] = []
    for index, request in [*changes, (first, [])]:
        if index != current:
            requests.append([b"SELECT", b"%d" % index])
            current = index
        requests.append(request)
    return requests[:-1]


class Changes(threading.local):
    """How many changes this thread has made, while there is a journal.

    Changes that other threads make meanwhile, on other keys, are not counted.
    """

    made = 0


@dataclass
class Runs:
    """The outcomes of snapshots, or of rewrites of the journal."""

    done: int = 0
    began: int | None = None
    """When the current background run began, in milliseconds since 1970, or None."""
    took: int | None = None
    """How many milliseconds the last background run took."""
    ok: bool = True

    @contextmanager
    def timed(self, clock: Clock) -> Iterator[None]:
        """Measures the time of a background run."""
        began = self.began = clock()
        try:
            yield
        finally:
            self.began, self.took = None, clock() - began


def nothing() -> None:
    """Does nothing between two reads."""


@dataclass
class Loading:
    """How far the server is with loading its files."""

    began: int
    """When it began, in milliseconds since 1970."""
    meanwhile: Callable[[], None]
    """Called after each read."""
    total: int = 0
    """The bytes in the files."""
    done: int = 0
    """The bytes that have been read."""

    def read(self, count: int) -> None:
        """Notes that `count` more bytes have been read."""
        self.done = min(self.done + count, self.total)
        self.meanwhile()


class Together:
    """Makes one change of all that is noted meanwhile: after a crash, all of it is there, or none.

        with files.together as held:    # the list in which it is held
            ...

    For a server whose commands all run on one thread: step 10's EXEC. A script in it belongs to the
    same change. A generator with `contextmanager` would take several times as long, which each small
    script would notice.
    """

    def __init__(self, files: Persistence) -> None:
        self.files = files
        self.depth = 0
        self.held: list[tuple[int, Request]] = []

    def __enter__(self) -> list[tuple[int, Request]]:
        if not self.depth:
            self.files.held = self.held = []
        self.depth += 1
        return self.held

    def __exit__(self, *raised: object) -> None:
        self.depth -= 1
        if self.depth:
            return
        self.files.held = None
        if self.held:
            self.files.append(self.held[0][0], in_one_block(self.held))


class Persistence:
    """The snapshot and the journal of one server."""

    def __init__(
        self,
        databases: Mapping[int, Keyspace],
        settings: Settings,
        clock: Clock,
        disk: Disk = DISK,
    ) -> None:
        self.databases = databases
        self.settings = settings
        self.clock = clock
        self.disk = disk
        self.journal: Journal | None = None
        self.loading: Loading | None = None
        """What is being loaded at the moment, if anything is."""
        self.last_save = self.last_try = clock()
        self.last_ok = True
        self.more = 0
        """The changes that the keyspaces don't count: see Store.count."""
        self.counting = threading.Lock()
        self.saved = self.changes()
        self.workers: dict[str, threading.Thread] = {}
        self.given_up = threading.Event()
        """Set if what the latest background save writes is no longer wanted."""
        self.runs = {"save": Runs(), "rewrite": Runs()}
        self.here = Changes()
        self.held: list[tuple[int, Request]] | None = None
        """What is noted while it is to be one change."""
        self.together = Together(self)
        for index, keyspace in databases.items():
            keyspace.on_expired.append(self._journal_of_expiry(index))
            keyspace.on_count.append(self._count)

    def changes(self) -> int:
        """How many changes have been made, in all databases and as Redis counts them."""
        return self.more + sum(keyspace.changes for keyspace in self.databases.values())

    def _count(self, more: int) -> None:
        with self.counting:
            self.more += more
        self.here.made += more

    # --- at the start ------------------------------------------------------------------------

    def restore(self, apply: Apply, meanwhile: Callable[[], None] = nothing) -> None:
        """Loads what the files hold: the journal if there is to be one, else the snapshot.

        `meanwhile` is called after each read from a file. If it raises an exception, that ends the
        loading.

        Raises StartError, with what to do, if a file is damaged or can't be read. Then nothing is
        served and nothing written, since the file is all that is left of the data.
        """
        loading = self.loading = Loading(self.clock(), meanwhile)
        try:
            sweep(str(self.settings.snapshot), self.disk)
            if self.settings.appendonly:
                self._restore_journal(apply, loading)
            else:
                self._restore_snapshot(loading)
        except DamagedFile as damage:
            raise StartError(f"{damage}.") from damage
        except OSError as error:
            raise StartError(
                f"the files in {self.settings.dir!r} can't be used ({error.strerror or error}); "
                "check their owner and permissions, or choose another --dir."
            ) from error
        finally:
            self.loading = None
        self.saved = self.changes()

    def reload(self, *, save: bool, flush: bool, merge: bool) -> None:
        """DEBUG RELOAD: saves the snapshot, forgets everything, and loads it. Raises CommandError.

        Without `save` it is the snapshot that is there, and without `flush` it is added to what the
        keyspaces hold; with `merge` it may have the same keys. Nothing is lost if the file can't be
        loaded.
        """
        if save:
            self.save()
        try:
            loaded = snapshot.load(str(self.settings.snapshot), self.clock())
        except (DamagedFile, OSError) as error:
            raise CommandError(f"ERR Error trying to load the RDB dump: {error}") from error
        if flush:
            self._forget()
        elif not merge and any(self._has_some(*item) for item in loaded.items()):
            raise CommandError("ERR Error trying to load the RDB dump: it has keys that are there.")
        kept = self.databases[0].libraries
        self._adopt(loaded)
        new = self.databases[0].libraries
        self.databases[0].libraries = [*(one for one in kept if one not in new), *new]
        self.saved = self.changes()

    def reload_journal(self, apply: Apply) -> None:
        """DEBUG LOADAOF: forgets everything, and loads the journal. Raises CommandError."""
        self.use_journal(False)
        self._forget()
        try:
            self.restore(apply)
        except StartError as error:
            raise CommandError(f"ERR {error}") from error

    def _has_some(self, index: int, contents: Contents) -> bool:
        """Whether a database has something already that was loaded for it."""
        keyspace = self.databases[index]
        known = {*contents.libraries} & {*keyspace.libraries}
        return bool(known) or not keyspace.data.keys().isdisjoint(contents.data)

    def _forget(self) -> None:
        for keyspace in self.databases.values():
            keyspace.clear()
            keyspace.libraries = ()

    def _restore_snapshot(self, loading: Loading) -> None:
        path = str(self.settings.snapshot)
        with suppress(FileNotFoundError):
            loading.total = os.path.getsize(path)
        self._adopt(snapshot.load(path, self.clock(), loading.read))

    def _restore_journal(self, apply: Apply, loading: Loading) -> None:
        journal = self._new_journal()
        journal.adopt(os.path.join(self.settings.dir, self.settings.appendfilename))
        if journal.manifest is None:
            # Redis starts empty here, and switching the journal on loses the snapshot.
            self._restore_snapshot(loading)
        else:
            journal.on_read = loading.read
            loading.total = sum(journal.sizes())
            self._replay(journal, apply)
        journal.start(self.databases)
        for notice in journal.notices:
            log.warning("%s", notice)
        self._keep(journal)

    def _keep(self, journal: Journal) -> None:
        """From now on every change is noted. Without a journal nobody needs them."""
        self.journal = journal
        for keyspace in self.databases.values():
            keyspace.observers.append(self._changed)

    def _replay(self, journal: Journal, apply: Apply) -> None:
        """During a replay, keys expire when the journal says so, and not by the clock."""
        self._keep_expired(True)
        try:
            self._adopt(journal.load())
            for index, request in journal.replay():
                self._check_index(index)
                try:
                    apply(index, request)
                except CommandError as error:
                    raise journal.not_run(str(error).removeprefix("ERR ")) from error
        finally:
            self._keep_expired(False)

    def _keep_expired(self, keep: bool) -> None:
        for keyspace in self.databases.values():
            keyspace.keep_expired = keep

    def _adopt(self, loaded: Mapping[int, Contents]) -> None:
        for index, contents in loaded.items():
            self._check_index(index)
            self.databases[index].adopt(contents.data, contents.expires)
            self.databases[index].libraries = contents.libraries

    def _check_index(self, index: int) -> None:
        if index not in self.databases:
            raise StartError(
                f"the files in {self.settings.dir!r} have a database {index}, and this server has"
                f" {len(self.databases)}; start a server of step 10 with more --databases."
            )

    def _new_journal(self) -> Journal:
        settings = self.settings
        return Journal(
            os.path.join(settings.dir, settings.appenddirname),
            settings.appendfilename,
            policy=settings.appendfsync,
            preamble=settings.aof_use_rdb_preamble,
            clock=self.clock,
            disk=self.disk,
        )

    # --- the journal -------------------------------------------------------------------------

    def check(self) -> None:
        """Raises CommandError if changes can't be made safe now: then none may be made."""
        if self.journal is not None and (trouble := self.journal.trouble):
            raise CommandError(trouble)
        if self.settings.save and not self.last_ok:
            raise CommandError(UNSAVED)

    def append(self, index: int, requests: Sequence[Request]) -> None:
        """Notes changes of the database `index`, unless they come from the journal itself."""
        if self.held is not None:
            self.held += [(index, request) for request in requests]
        elif self.journal is not None:
            self.journal.append(index, requests)

    def flush(self) -> None:
        """Writes what replies acknowledge to the journal, before they go out. Raises JournalError."""
        if self.journal is not None:
            self.journal.flush()

    def _changed(self, key: bytes) -> None:
        self.here.made += 1

    def _journal_of_expiry(self, index: int) -> Callable[[bytes], None]:
        def expired(key: bytes) -> None:
            self._count(-1)
            self.append(index, [[b"DEL", key]])

        return expired

    def use_journal(self, wanted: bool) -> None:
        """Switches the journal on, with the present contents as its base, or off."""
        if wanted and self.journal is None:
            journal = self._new_journal()
            journal.start(self.databases)
            journal.rewrite(self.databases)
            self._keep(journal)
        elif not wanted and self.journal is not None:
            self.journal.close()
            self.journal = None
            for keyspace in self.databases.values():
                keyspace.observers.remove(self._changed)

    def rewrite(self) -> None:
        """BGREWRITEAOF: rewrites the journal in the background, from the present contents."""
        if self.busy("rewrite"):
            raise CommandError(IN_PROGRESS)
        journal = self.journal
        if journal is None:
            # Redis writes a journal that is off, too: the next start with --appendonly loads it.
            journal = self._new_journal()
            journal.start(self.databases)
        rewrite = journal.begin_rewrite(self.databases)
        self._start("rewrite", lambda: self._finish_rewrite(journal, rewrite))

    def _finish_rewrite(self, journal: Journal, rewrite: Rewrite) -> None:
        runs = self.runs["rewrite"]
        try:
            with runs.timed(self.clock):
                journal.finish_rewrite(rewrite)
        except OSError as error:
            runs.ok = False
            log.error("the journal could not be rewritten: %s", error)
        else:
            runs.ok = True
            runs.done += 1

    # --- the snapshot ------------------------------------------------------------------------

    def save(self) -> None:
        """SAVE: writes the snapshot now. Raises CommandError if it can't be written."""
        if self.busy("save"):
            raise CommandError(SAVING)
        if not self._save(self.databases, self.changes()):
            raise CommandError("ERR the snapshot could not be written; the log says why")

    def save_after_flush(self) -> None:
        """FLUSHALL: with save rules, saves at once, or a crash would bring everything back.

        So would a snapshot that is being written: it is given up.
        """
        self.given_up.set()
        if self.settings.save and not self.loading:
            if worker := self.workers.get("save"):
                worker.join()
            self._save(self.databases, self.changes())

    def background_save(self) -> None:
        """BGSAVE: writes a snapshot of this moment in the background."""
        if self.busy("save"):
            raise CommandError(SAVING)
        changes, contents = self.changes(), picture(self.databases)
        given_up = self.given_up = threading.Event()
        self._start("save", lambda: self._save_in_time(contents, changes, given_up))

    def _save_in_time(self, databases: Databases, changes: int, given_up: threading.Event) -> None:
        with self.runs["save"].timed(self.clock):
            self._save(databases, changes, given_up)

    def _save(
        self, databases: Databases, changes: int, given_up: threading.Event | None = None
    ) -> bool:
        self.last_try = self.clock()
        try:
            path = str(self.settings.snapshot)
            snapshot.save(databases, path, self.disk, self.clock, given_up)
        except snapshot.GivenUp:
            log.info("the snapshot was given up: all keys have been removed")
        except OSError as error:
            log.error("the snapshot could not be written: %s", error)
            self.last_ok = False
        else:
            self.last_ok = True
            self.runs["save"].done += 1
            self.last_save, self.saved = self.clock(), changes
        return self.last_ok

    def due(self) -> bool:
        """Whether one of the rules (`--save`) asks for a snapshot now."""
        if self.busy("save") or (not self.last_ok and self.clock() - self.last_try < RETRY):
            return False
        age, changes = self.clock() - self.last_save, self.changes() - self.saved
        return any(
            changes >= least and age >= seconds * SECOND for seconds, least in self.settings.save
        )

    # --- in the background -------------------------------------------------------------------

    def busy(self, name: str) -> bool:
        """Whether the background work of that name, `save` or `rewrite`, is running."""
        worker = self.workers.get(name)
        return worker is not None and worker.is_alive()

    def _start(self, name: str, work: Callable[[], object]) -> None:
        self.workers[name] = threading.Thread(target=work, name=name)
        self.workers[name].start()

    def tick(self) -> None:
        """Does what is due now and then; call it about ten times a second, while no command runs.

        Nobody waits for the disk meanwhile: a sync can take seconds.
        """
        journal = self.journal
        if journal is not None and journal.to_do and not self.busy("sync"):
            self._start("sync", lambda: self._sync(journal))
        if self.due():
            self.background_save()

    def _sync(self, journal: Journal) -> None:
        try:
            journal.tick()
        except JournalError as error:
            log.error("%s", error)
        except Unwritten:
            pass  # an empty exercise is reported where it is needed, not on every tick

    def close(self) -> None:
        """Waits for running writes, and closes the journal. Raises CommandError, OSError."""
        for worker in self.workers.values():
            worker.join()
        if self.journal is not None:
            self.journal.close()
