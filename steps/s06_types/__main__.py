"""`python -m steps.s06 serve`: a server with lists, sets, hashes and sorted sets."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s04_threads.server import add_options
from steps.s06_types.server import TypesServer

if __name__ == "__main__":
    sys.exit(main(6, TypesServer.build, add_options))
