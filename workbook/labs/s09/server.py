"""A server in which things go wrong, so that you can see what becomes of it.

    python -m workbook.labs.s09.server serve --loglevel debug

It is the server of step 9 with three commands more, in a registry of their own:

    LAB.BUG key           fails with a bug
    LAB.DISK key          finds the disk full
    LAB.WAIT key path     runs until there is a file of that name
"""

from __future__ import annotations

import errno
import os
import sys
import time

from steps.s01_echo.cli import main, say
from steps.s02_resp.values import Reply
from steps.s05_commands.command import Command
from steps.s05_commands.fields import Bulk, Key
from steps.s05_commands.registry import Registry
from steps.s09_logging import command
from steps.s09_logging.server import LoggingServer, add_options
from steps.s09_logging.session import LoggingSession
from steps.s09_logging.state import State

REGISTRY = Registry(command.REGISTRY)
"""The commands of step 9, and those below."""

PATIENCE = 30.0
"""Seconds after which LAB.WAIT gives up."""


PAUSE = 0.01
"""Seconds between two looks."""


class LabCommand(Command, abstract=True):
    """A command with which something goes wrong."""

    registry = REGISTRY


class LabBug(LabCommand, name="LAB.BUG"):
    """Looks up what is not there, and makes of it an error that says less."""

    key = Key()

    def execute(self, session: LoggingSession) -> Reply:
        nothing: dict[bytes, Reply] = {}
        try:
            return nothing[self.key]
        except KeyError as error:
            raise ValueError("no such thing") from error


class LabDisk(LabCommand, name="LAB.DISK"):
    """Finds the disk full."""

    key = Key()

    def execute(self, session: LoggingSession) -> Reply:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class LabWait(LabCommand, name="LAB.WAIT"):
    """Runs until the file `path` is there, 10 ms at least. Says on stdout that it has begun."""

    key = Key()
    path = Bulk()

    def execute(self, session: LoggingSession) -> Reply:
        say(sys.stdout, "waiting\n")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            time.sleep(PAUSE)
            if os.path.exists(self.path):
                break
        return b"waited"


class LabState(State):
    """Step 9's state with the commands above."""

    registry = REGISTRY


class LabServer(LoggingServer):
    """Step 9's server with the commands above."""

    def new_state(self) -> State:
        return LabState(self.settings, log=self.log)


if __name__ == "__main__":
    sys.exit(main(9, LabServer.build, add_options))
