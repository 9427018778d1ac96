"""Where the lines go, and how the words of the lower steps become lines too.

    steps.s01_echo.server  ─┐
    steps.s07_persistence…  ├─ logger "steps" ─ Foreign ─▶ Log ─ logger "steps.lines" ─▶ Outlet
    ...                    ─┘                              ▲
    this step, step 10     ────────────────────────────────┘

stdout is left to the ready line: whoever starts the server in a pipe reads that.
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import WatchedFileHandler

from steps.s01_echo.cli import StartError
from steps.s09_logging.context import Told
from steps.s09_logging.logs import LINES, STEP, Log
from steps.s09_logging.settings import Settings


class Foreign(logging.Handler):
    """Takes what the lower steps log, in words, and makes events of it."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts = {"error": Told(error)} if error else {}
        self.log(record.levelno, record.getMessage(), source=record.name, **facts)


class Outlet(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr. A log that nobody takes any more stops no server."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        pass


class FileOutlet(WatchedFileHandler):
    """Writes to a file; when somebody moves it away (logrotate does), begins a new one."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # its folder is gone
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        pass


def start_logging(settings: Settings, step: int = STEP) -> Log:
    """Sends all events of this process where the settings say. StartError where that can't be."""
    lines = logging.getLogger(LINES)
    log = Log(lines, step, settings.log_format)
    log.set_level(settings.loglevel)
    connect(lines, outlet(settings.logfile))
    words = logging.getLogger("steps")
    words.setLevel(logging.DEBUG)  # which of it is written, `log` decides
    connect(words, Foreign(log))
    return log


def outlet(path: str) -> logging.Handler:
    """A handler that writes to the file `path`; to stderr where the path is empty."""
    if not path:
        return Outlet(sys.stderr)
    try:
        return FileOutlet(path, encoding="utf-8")
    except OSError as error:
        raise StartError(
            f"the log {path!r} can't be written ({error.strerror or error}); name another file with"
            " --logfile, or none: then the log goes to stderr."
        ) from error


def connect(logger: logging.Logger, handler: logging.Handler) -> None:
    """Makes `handler` the only one of `logger`, and `logger` the last to see its records."""
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
    logger.propagate = False
