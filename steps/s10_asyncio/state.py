"""What the sessions of the complete server share."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from steps.s02_resp.values import CommandError
from steps.s04_threads.descriptors import room_for
from steps.s05_commands.command import Command, Flags
from steps.s05_commands.registry import Registry
from steps.s07_persistence.clock import Clock, steady
from steps.s07_persistence.damage import DamagedFile
from steps.s09_logging.log.levels import WARNING
from steps.s09_logging.log.lines import Log
from steps.s09_logging.slowlog import threshold
from steps.s09_logging.state import Spectator
from steps.s09_logging.state import State as LoggingState
from steps.s10_asyncio.command import REGISTRY
from steps.s10_asyncio.hub import Hub
from steps.s10_asyncio.interest import Interest
from steps.s10_asyncio.latency.histograms import Histograms
from steps.s10_asyncio.latency.spikes import Spikes
from steps.s10_asyncio.memory.keyspace import Keyspace
from steps.s10_asyncio.memory.process import resident_memory
from steps.s10_asyncio.memory.trash import Trash
from steps.s10_asyncio.settings import Settings
from steps.s10_asyncio.statistics import ScriptCounts, Statistics
from steps.s10_asyncio.waiting.keys import Later, Timer, WaitingList
from steps.s10_asyncio.waiting.pause import Pause

if TYPE_CHECKING:
    from steps.s10_asyncio.events.notifier import Notifier


def loop_later(seconds: float, call: Callable[[], None]) -> Timer:
    """Calls a function after that many seconds, by the running event loop."""
    return asyncio.get_running_loop().call_later(seconds, call)


REDIS_VERSION = "7.0.15"
"""The version of Redis that this server behaves like; clients ask for it to know what they may use."""

EMPTY_REDIS = 1024 * 1024
"""The bytes of memory that Redis has without any data."""

TOO_MANY_CLIENTS = (
    "The operating system is not able to handle the specified number of clients, try with {}"
)
CANNOT_LISTEN = "Unable to listen on this port. Check server logs."
CANNOT_SWITCH = "Unable to turn on AOF. Check server logs."


class CannotApply(Exception):  # noqa: N818 - it says what it is
    """A setting can't have the value that it was given; the text says why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


class State(LoggingState):
    """Sixteen databases, the hub, the clients and those of them that wait."""

    registry: Registry = REGISTRY
    settings: Settings
    store: Keyspace
    databases: Mapping[int, Keyspace]

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock = steady,
        later: Later = loop_later,
        log: Log | None = None,
    ) -> None:
        self.trash = Trash()
        super().__init__(settings or Settings(), clock, log)
        self.later = later
        self.started = clock()
        self.hub = Hub()
        self.clients: dict[int, Any] = {}
        """The sessions by the ids of their clients."""
        self.sessions: WeakSet[Any] = WeakSet()
        """All sessions, including those without a client, in which scripts and journals run."""
        self.interests = {i: Interest(store) for i, store in self.databases.items()}
        for index, interest in self.interests.items():
            self.databases[index].listened = interest.listeners
        self.waiting: dict[int, WaitingList] = {}
        """The clients that wait for keys, by the database they wait in."""
        self.statistics = Statistics()
        self.spikes = Spikes(self.settings.latency_monitor_threshold)
        self.histograms = Histograms()
        self.choose_slow()
        self.notifier: Notifier | None = None
        """Tells of what happens to keys, if the settings ask for it."""
        self.notify_of_events()
        self.monitors: dict[Any, Spectator] = {}
        """The sessions that monitor all commands, and how to show each of them one."""
        self.scripting: Any = None
        """What the challenge `scripting` keeps, from its first command on."""
        self.count_scripts: Callable[[], ScriptCounts] = ScriptCounts
        """How many scripts and functions there are; the challenge knows."""
        self.pause = Pause(later, self.pause_changed)
        self.expires_actively = True
        """Whether keys expire in the background, too; DEBUG SET-ACTIVE-EXPIRE switches it off."""
        self.at_start = resident_memory()
        """The bytes of memory that the process had before there were any data."""
        self.full = False
        """Whether there was more memory in use than `maxmemory` allows, when that was last looked at."""
        self.busy = ""
        """The error of most commands while one of them, a script, takes too long."""
        self.turn: Callable[[], None] = lambda: None
        """Serves the clients once, in the middle of a command."""
        self.stopping = ""
        """`soon`: the server is about to end. `now`: and waits for nothing."""
        self.on_empty: Callable[[], None] = lambda: None
        """Called when the last client has left."""
        self.move: Callable[[int], None] = lambda port: None
        """Listens at another port (0: at none) from now on. If it raises OSError, nothing has
        changed.
        """
        self.stop: Callable[[bool | None], None] = lambda save: None
        """Ends the server; True: saves, False: does not, None: follows the save rules."""

    def new_store(self) -> Keyspace:
        return Keyspace(self.clock, self.trash)

    def new_databases(self) -> dict[int, Keyspace]:
        others = {index: self.new_store() for index in range(1, self.settings.databases)}
        return {0: self.store, **others}

    @property
    def hll_sparse_max_bytes(self) -> int:
        return self.settings.hll_sparse_max_bytes

    def change_settings(self, values: Mapping[str, object]) -> None:
        """CONFIG SET: gives fields of the settings new values. Raises CannotApply."""
        before = self.settings.port
        for name, value in values.items():
            setattr(self.settings, name, value)
        if (port := self.settings.port) != before:
            try:
                self.move(port)
            except OSError as error:
                self.log(WARNING, "cannot listen", port=port, error=error)
                self.settings.port = before  # where it still is
                raise CannotApply("port", CANNOT_LISTEN) from error
        wanted = self.settings.maxclients
        if "maxclients" in values and (room := room_for(wanted)) < wanted:
            raise CannotApply("maxclients", TOO_MANY_CLIENTS.format(room))
        self.settings_changed()

    def settings_changed(self) -> None:
        super().settings_changed()
        self.choose_slow()
        self.notify_of_events()
        self.look_at_memory()
        if self.files.loading:
            return  # once the files are loaded, this is called again
        try:
            self.files.use_journal(self.settings.appendonly)
        except (OSError, CommandError, DamagedFile) as error:
            self.log(WARNING, "journal error", doing="switch it", error=error)
            raise CannotApply("appendonly", CANNOT_SWITCH) from error
        if self.files.journal:
            self.files.journal.policy = self.settings.appendfsync
            self.files.journal.preamble = self.settings.aof_use_rdb_preamble

    def choose_slow(self) -> None:
        """Has sessions report the commands that the slow log or the latency monitor may want."""
        self.log_slow = threshold(self.settings.slowlog_log_slower_than)
        self.spikes.threshold = wanted = self.settings.latency_monitor_threshold
        # exactly as slow counts, and more than this is what sessions report
        spike = math.nextafter(wanted / 1000, 0) if wanted else math.inf
        self.slow = -1 if self.settings.latency_tracking else min(self.log_slow, spike)

    def notify_of_events(self) -> None:
        """From now on clients can hear of the events that the settings name, and of no others."""
        letters = self.settings.notify_keyspace_events
        if letters == (self.notifier.letters if self.notifier else ""):
            return
        if self.notifier:
            self.notifier.end()
            self.notifier = None
        if letters:
            from steps.s10_asyncio.events.notifier import Notifier  # most servers never need it

            self.notifier = Notifier(letters, self.hub, self.databases, self.spectators)
            self.notifier.begin()
        for session in self.sessions:
            session.choose_run()

    def counted_memory(self) -> int:
        """The bytes of memory in use, with Redis in place of Python: who sets a limit means the data."""
        return max(resident_memory() - self.at_start, 0) + EMPTY_REDIS

    def look_at_memory(self) -> None:
        """Notes whether there is more memory in use than `maxmemory` allows.

        Redis counts what it allocates, and knows at each command. Python does not, so the system is
        asked, ten times a second.
        """
        most = self.settings.maxmemory
        full = 0 < most < self.counted_memory()
        if full != self.full:
            self.full = full
            self.guard_all()

    def refuses_growth(self) -> bool:
        """Whether commands that need memory are refused. What the files hold is always loaded."""
        return self.full and not self.files.loading

    def set_busy(self, error: str) -> None:
        """From now on most commands get this error; "": none does any more."""
        self.busy = error
        self.guard_all()

    def pause_changed(self) -> None:
        """CLIENT PAUSE has begun or ended. Meanwhile no data changes, so expired keys stay."""
        for keyspace in self.databases.values():
            keyspace.suspended = self.pause.on
        self.guard_all()

    def guard_all(self) -> None:
        """The situation of all clients has changed."""
        for session in self.clients.values():
            session.guard()

    def waiting_in(self, index: int) -> WaitingList:
        """The clients that wait for keys of a database.

        The module is imported when the first of them waits. Without it, all else works.
        """
        if index not in self.waiting:
            module = import_module("steps.s10_asyncio.waiting.blocked")
            self.waiting[index] = module.BlockedClients(
                self.interests[index], self.later, self.spectators
            )
        return self.waiting[index]

    def note(self, index: int, key: bytes) -> None:
        """The clients that wait for `key` have to look at it, though the keyspace tells of no change."""
        if index in self.waiting:
            self.waiting[index].note(key)

    def serve_waiting(self) -> None:
        """Serves the clients that wait for keys which have changed while no command ran."""
        for waiting in self.waiting.values():
            waiting.serve_all()

    def reset_statistics(self) -> None:
        """CONFIG RESETSTAT: INFO counts from 0 again."""
        self.statistics.reset()
        self.histograms.buckets.clear()
        for keyspace in self.databases.values():
            keyspace.expired = 0

    def start_monitoring(self, session: Any, show: Spectator) -> None:
        """MONITOR: from now on `show` is called after each command."""
        self.monitors[session] = show
        self.spectators[self.show_monitors] = None

    def stop_monitoring(self, session: Any) -> None:
        """`session` no longer monitors, if it did."""
        if self.monitors.pop(session, None) and not self.monitors:
            del self.spectators[self.show_monitors]

    def show_monitors(self, session: Any, command: Command) -> None:
        """Shows a command that was run to monitoring clients, unless it must stay hidden.

        Nothing is shown while the files are being loaded: most of it would be the journal.
        """
        if (
            self.files.loading
            or session.closing
            or command.flags & (Flags.ADMIN | Flags.SKIP_MONITOR)
        ):
            return  # QUIT, for one
        for show in list(self.monitors.values()):
            show(session, command)
