"""`python -m steps.s07 serve`: a server that keeps its data, and expires keys."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s07_persistence.server import PersistentServer, add_options

if __name__ == "__main__":
    sys.exit(main(7, PersistentServer.build, add_options))
