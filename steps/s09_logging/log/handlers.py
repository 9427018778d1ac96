"""Where the lines go. The steps below log through `logging` already, so theirs go there too.

    steps.s01_echo.server  ─┐
    steps.s07_persistence…  ├─ logger "steps" ─▶ Outlet, which asks Lines how a record is written
    this step, step 10     ─┘

stdout is left to the ready line, for programs that start the server through a pipe.
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import WatchedFileHandler

from steps.s01_echo.cli import StartError
from steps.s09_logging.log.lines import STEP, Lines, Log
from steps.s09_logging.settings import Settings


class Outlet(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr. A log that nobody reads any more does not stop the server."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        pass


class FileOutlet(WatchedFileHandler):
    """Writes to a file; when it is moved away (as logrotate does), begins a new one."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # its folder is gone
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        pass


def start_logging(settings: Settings, step: int = STEP) -> Log:
    """Sends all events of this process where the settings say. Raises StartError if it can't."""
    handler = outlet(settings.logfile)
    handler.setFormatter(Lines(step, settings.log_format))
    log = Log()
    log.set_level(settings.loglevel)
    connect(log.logger, handler)
    return log


def outlet(path: str) -> logging.Handler:
    """A handler that writes to the file `path`, or to stderr if the path is empty."""
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
