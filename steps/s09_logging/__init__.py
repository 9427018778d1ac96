"""Step 9: errors that are judged, a log that can be read by programs, and an end in good order.

Adds the taxonomy of errors, context for bugs, structured logs, signals, the shutdown, and SLOWLOG.
`python -m steps.s09 serve` runs it.
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
