"""The settings of a server that logs; `log-format` is ours, the others are Redis'."""

from __future__ import annotations

from dataclasses import dataclass

from steps.s02_resp.values import INT64_MAX
from steps.s07_persistence import settings
from steps.s07_persistence.settings import TEXT, number, one_of, setting
from steps.s09_logging.log.levels import LEVELS

INT_MAX = 2**31 - 1


@dataclass
class Settings(settings.Settings):
    """The settings of step 9, on top of those of step 7."""

    loglevel: str = setting("notice", one_of(*LEVELS), "the least severe events to log")
    logfile: str = setting("", TEXT, 'the log; "" is stderr', fixed=True)
    log_format: str = setting("text", one_of("text", "json"), "the format of a line", fixed=True)
    slowlog_log_slower_than: int = setting(
        10_000,
        number(-1, INT64_MAX, "MICROSECONDS"),
        "what SLOWLOG keeps; -1: nothing, 0: everything",
    )
    slowlog_max_len: int = setting(
        128, number(0, INT64_MAX, "ENTRIES"), "how many entries SLOWLOG keeps"
    )
    shutdown_timeout: int = setting(
        10, number(0, INT_MAX, "SECONDS"), "how long running commands may take at the end"
    )
