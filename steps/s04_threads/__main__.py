"""`python -m steps.s04 serve`: a store for many clients at once."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s04_threads.sharing import add_options, build

if __name__ == "__main__":
    sys.exit(main(4, build, add_options))
