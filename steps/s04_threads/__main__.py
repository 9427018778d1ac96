"""`python -m steps.s04 serve`: a store for many clients at once."""

from __future__ import annotations

import argparse
import socket
import sys

from steps.s01_echo.cli import main
from steps.s04_threads.server import ThreadedServer, add_options


def build(listener: socket.socket, options: argparse.Namespace) -> ThreadedServer:
    """The server of step 4."""
    return ThreadedServer(listener, options.workers, options.max_clients)


if __name__ == "__main__":
    sys.exit(main(4, build, add_options))
