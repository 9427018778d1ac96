"""`python -m steps.s10 serve`: the complete server."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s10_asyncio.server import build
from steps.s10_asyncio.settings import add_options

if __name__ == "__main__":
    sys.exit(main(10, build, add_options))
