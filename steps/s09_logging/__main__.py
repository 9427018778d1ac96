"""`python -m steps.s09 serve`: a server that logs what goes on in it, and shuts down cleanly."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s09_logging.server import LoggingServer, add_options

if __name__ == "__main__":
    sys.exit(main(9, LoggingServer.build, add_options))
