"""`python -m steps.s02 serve`: answers each request with itself."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import main
from steps.s02_resp.server import SessionServer

if __name__ == "__main__":
    sys.exit(main(2, lambda listener, options: SessionServer(listener)))
