"""The command line of the export. You may skip this file."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from steps.s01_echo.cli import StartError
from steps.s02_resp.encode import encode
from steps.s07_persistence.clock import steady
from steps.s07_persistence.damage import DamagedFile
from steps.s07_persistence.rdb.snapshot import load


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `export`."""
    parser.add_argument("file", help="a snapshot, such as data/dump.rdb")


def run(options: argparse.Namespace) -> None:
    """The tool `export`: prints the requests that make an empty server hold what a snapshot does."""
    if not os.path.isfile(options.file):
        raise StartError(f"{options.file} cannot be exported: there is no such file.")
    try:
        databases = load(options.file)
    except (OSError, DamagedFile) as error:
        raise StartError(f"{options.file} cannot be exported: {error}.") from error
    requests_of = import_module("steps.s07_persistence.rdb.export").requests_of
    for request in requests_of(databases, steady()):
        sys.stdout.buffer.write(encode(request))
    sys.stdout.flush()
