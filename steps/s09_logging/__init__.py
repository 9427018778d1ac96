"""Step 9: errors that are judged, a log that programs can read, and a clean shutdown.

Adds the taxonomy of errors, context for bugs, structured logs, signals, the shutdown, and SLOWLOG.
`python -m steps.s09 serve` runs it.

Read first: errors.py, log/lines.py and shutdown.py.

    command.py       the registry and the base class of the commands
    commands.py      SLOWLOG
    context.py       adds to an exception what was being done
    errors.py        whose fault an error is, and what to do about it
    log/             the log
    log/handlers.py  where the lines go: stderr or a file
    log/levels.py    the levels, under Redis' names
    log/lines.py     the log, and how an event becomes a line
    log/reading.py   the log, read back: a whole module to write
    log/redact.py    hides passwords
    log/report.py    the command line of the report (may be skipped)
    log/texts.py     requests and exceptions as text
    server.py        the server of step 9
    session.py       logs errors, and times commands
    settings.py      the settings of the log and of the shutdown
    shutdown.py      the steps of a clean shutdown, and the exit code
    signals.py       what Ctrl-C and SIGTERM do
    slowlog.py       the slow commands, kept in memory
    state.py         the log and the slow log
    usage.py         how often each command ran, and how long it took
"""

from __future__ import annotations

from steps.s09_logging import commands
from steps.s09_logging.command import REGISTRY, Command
from steps.s09_logging.context import context
from steps.s09_logging.errors import MachineError, Refused, Verdict, verdict
from steps.s09_logging.log.lines import Log
from steps.s09_logging.server import LoggingServer
from steps.s09_logging.session import LoggingSession
from steps.s09_logging.settings import Settings
from steps.s09_logging.shutdown import leave
from steps.s09_logging.signals import stopping_on_signals
from steps.s09_logging.slowlog import SlowLog
from steps.s09_logging.state import State

__all__ = [
    "REGISTRY",
    "Command",
    "Log",
    "LoggingServer",
    "LoggingSession",
    "MachineError",
    "Refused",
    "Settings",
    "SlowLog",
    "State",
    "Verdict",
    "commands",
    "context",
    "leave",
    "stopping_on_signals",
    "verdict",
]
