"""The levels of the log, under Redis' names, as numbers of the standard library's `logging`."""

from __future__ import annotations

from logging import DEBUG, ERROR, INFO, WARNING
from typing import Final

VERBOSE: Final = INFO
NOTICE: Final = 25
"""Between INFO and WARNING: what an operator wants to see of a healthy server."""

LEVELS: Final = {"debug": DEBUG, "verbose": VERBOSE, "notice": NOTICE, "warning": WARNING}
"""What `--loglevel` takes. A bug is logged as `error`, and no setting hides it."""

__all__ = ["DEBUG", "ERROR", "LEVELS", "NOTICE", "VERBOSE", "WARNING", "name_of"]


def name_of(level: int) -> str:
    """The name of a level; a level in between has the name of the one below."""
    if level >= ERROR:
        return "error"
    return max((number, name) for name, number in LEVELS.items() if number <= max(level, DEBUG))[1]
