"""What a server that logs can be told, under Redis' own names."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from steps.s02_resp.values import parse_int64
from steps.s07_persistence import settings
from steps.s09_logging.levels import LEVELS

FORMATS = ("text", "json")

MOST_ENTRIES = 2**31 - 1
"""Of the slow log. A deque takes as many on every platform."""

MOST_SECONDS = 1_000_000
"""To wait at the end; a select takes as many on every platform."""


@dataclass
class Settings(settings.Settings):
    """The settings of step 9, on top of those of step 7."""

    loglevel: str = "notice"
    logfile: str = ""
    """Empty: the log goes to stderr."""
    log_format: str = "text"
    slowlog_log_slower_than: int = 10_000
    """Microseconds. Negative: no command is slow; 0: every one is."""
    slowlog_max_len: int = 128
    shutdown_timeout: int = 10
    """Seconds that running commands get at the end."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Redis' options for the log and the slow log, and `--log-format`, which Redis has not."""
    default = Settings()
    parser.add_argument(
        "--loglevel", choices=tuple(LEVELS), default=default.loglevel, help="the least that is said"
    )
    parser.add_argument("--logfile", default=default.logfile, help='the log; "" is stderr')
    parser.add_argument(
        "--log-format", choices=FORMATS, default=default.log_format, help="how a line looks"
    )
    parser.add_argument(
        "--slowlog-log-slower-than",
        type=number,
        default=default.slowlog_log_slower_than,
        metavar="MICROSECONDS",
        help="what SLOWLOG keeps; negative: nothing, 0: everything",
    )
    parser.add_argument(
        "--slowlog-max-len",
        type=length,
        default=default.slowlog_max_len,
        metavar="ENTRIES",
        help="how many entries SLOWLOG keeps",
    )
    parser.add_argument(
        "--shutdown-timeout",
        type=seconds,
        default=default.shutdown_timeout,
        metavar="SECONDS",
        help="what running commands get at the end",
    )


def number(text: str) -> int:
    """An argparse type: a whole number, as Redis reads it."""
    value = parse_int64(text.encode("utf-8", "replace"))
    if value is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return value


def length(text: str) -> int:
    """An argparse type: a number of entries."""
    return _between(text, "number of entries", MOST_ENTRIES)


def seconds(text: str) -> int:
    """An argparse type: a whole number of seconds."""
    return _between(text, "number of seconds", MOST_SECONDS)


def _between(text: str, what: str, most: int) -> int:
    value = number(text)
    if not 0 <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}; give one from 0 to {most}")
    return value
