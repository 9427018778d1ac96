"""`python -m steps.s06 serve`: a server with lists, sets, hashes and sorted sets."""

from __future__ import annotations

import argparse
import socket
import sys

from steps.s01_echo.cli import main
from steps.s04_threads.server import add_options
from steps.s06_types.server import TypesServer


def build(listener: socket.socket, options: argparse.Namespace) -> TypesServer:
    """The server of step 6."""
    return TypesServer(listener, options.workers, options.max_clients)


if __name__ == "__main__":
    sys.exit(main(6, build, add_options))
