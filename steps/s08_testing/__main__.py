"""`python -m steps.s08 serve`: the server of step 7 with the fast parser."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s07_persistence.server import add_options
from steps.s08_testing.server import build

if __name__ == "__main__":
    sys.exit(main(8, build, add_options))
