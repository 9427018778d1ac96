"""The end of a server: a clean shutdown, with an exit code that tells the truth.

A supervisor (systemd, docker, Kubernetes) sends SIGTERM, waits some seconds, and kills what is left.
In that time the server owes its clients the replies to what they have asked, and owes the disk what
it has acknowledged. The exit code says how that went: 0 if everything acknowledged is kept; 1 if
something is not, and the log says what.

A `House` is a server as `leave` sees it, which shuts it down. Step 10's server is another one.
"""

from __future__ import annotations

from typing import Final, Protocol

from steps.s04_threads.locks import Locks
from steps.s07_persistence.persistence import Persistence
from steps.s09_logging.context import context
from steps.s09_logging.log.levels import ERROR, WARNING
from steps.s09_logging.log.lines import Log

LOCK_UP: Final = 2.0
"""Seconds that a command which does not end may hold up the last snapshot."""


class House(Protocol):
    """A server as `leave` sees it. Each method may raise any Exception."""

    def refuse(self) -> None:
        """Takes on no more clients, and releases the port."""

    def drain(self) -> bool:
        """Waits until the requests of all clients are answered; False if it gave up on some of them."""

    def hang_up(self) -> None:
        """Ends the remaining connections. From here on nothing changes any more."""

    def close_journal(self) -> None:
        """Writes the journal to the disk and closes it."""

    def save(self) -> None:
        """Writes a snapshot, if there are save rules."""


def leave(house: House, log: Log) -> int:
    """Ends a server in good order; returns the exit code of the process: 0 if all went well,
    otherwise 1.

    The house can `refuse` new clients, `drain` (answer what was asked), `hang_up`, `close_journal`
    and `save` a snapshot. Find the order in which no client loses a write that was acknowledged to
    it.

    Whatever goes wrong in one of these, the others still have their turn. Each Exception is logged
    (`log(ERROR, "shutdown error", doing="save", error=error)`, with the name of the method) and
    none is raised. If `drain` returns False, log `log(WARNING, "clients cut off")`: that alone is
    not a failure, since what was cut off was never acknowledged.
    """
    raise NotImplementedError("exercise 9.5")


def save_snapshot(files: Persistence, locks: Locks) -> None:
    """Writes the last snapshot, if there are rules (`--save`). As Redis does on SIGTERM.

    Raises MachineError or CommandError; the previous snapshot is then still in place.
    """
    if files.settings.save:
        with context("save the snapshot", path=files.settings.snapshot), locks.holding_all(LOCK_UP):
            files.save()
