"""`python -m steps.s08 serve`: the server of step 7 with the fast parser."""

from __future__ import annotations

import argparse
import socket
import sys

from steps.s01_echo.cli import main
from steps.s07_persistence.server import add_options, settings
from steps.s08_testing.server import FastServer


def build(listener: socket.socket, options: argparse.Namespace) -> FastServer:
    """The server of step 8."""
    return FastServer(listener, options.workers, options.max_clients, settings(options))


if __name__ == "__main__":
    sys.exit(main(8, build, add_options))
