"""What the sessions of step 9 share: the log and the slow log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from steps.s05_commands.command import Command
from steps.s05_commands.registry import Registry
from steps.s07_persistence.clock import Clock, steady
from steps.s07_persistence.state import State as PersistentState
from steps.s09_logging.command import REGISTRY
from steps.s09_logging.log.lines import Log
from steps.s09_logging.settings import Settings
from steps.s09_logging.slowlog import SlowLog, threshold

Spectator: TypeAlias = Callable[[Any, Command], object]
"""Called with the session and the command that it has run."""


class State(PersistentState):
    """Step 7's state with a log and a slow log."""

    registry: Registry = REGISTRY
    settings: Settings

    def __init__(
        self, settings: Settings | None = None, clock: Clock = steady, log: Log | None = None
    ) -> None:
        settings = settings or Settings()
        super().__init__(settings, clock)
        self.log = log or Log()
        self.slowlog = SlowLog(settings.slowlog_max_len)
        self.slow = threshold(settings.slowlog_log_slower_than)
        """Seconds beyond which a command is slow."""
        self.spectators: dict[Spectator, None] = {}
        """Called after each command. In step 10, MONITOR and the serving of waiting clients use
        this.
        """

    def settings_changed(self) -> None:
        """Applies settings that were changed while the server runs."""
        self.log.set_level(self.settings.loglevel)
        self.slow = threshold(self.settings.slowlog_log_slower_than)
        self.slowlog.resize(self.settings.slowlog_max_len)
