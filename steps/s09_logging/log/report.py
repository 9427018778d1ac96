"""The command line of the report. You may skip this file."""

from __future__ import annotations

import argparse
from collections import Counter
from importlib import import_module

from steps.s01_echo.cli import StartError


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    parser.add_argument("file", help="a log, such as --logfile writes it")


def run(options: argparse.Namespace) -> None:
    """The tool `report`: counts the events of a log, by level and name, the most frequent first."""
    events = import_module("steps.s09_logging.log.reading").events
    try:
        with open(options.file, "rb") as log:
            counts = Counter((one.get("level", "?"), one.get("event", "?")) for one in events(log))
    except OSError as error:
        raise StartError(f"{options.file} can't be read: {error.strerror}.") from error
    for (level, event), count in counts.most_common():
        print(f"{count:8} {level:8} {event}")
