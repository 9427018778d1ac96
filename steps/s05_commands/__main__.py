"""`python -m steps.s05 serve`: the threaded server with commands as objects."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s04_threads.server import add_options
from steps.s05_commands.server import CommandServer

if __name__ == "__main__":
    sys.exit(main(5, CommandServer.build, add_options))
