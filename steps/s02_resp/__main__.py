"""`python -m steps.s02 serve`: answers each request with itself. `… ask PING`: a small client."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import Tool, main
from steps.s02_resp import ask
from steps.s02_resp.server import SessionServer

if __name__ == "__main__":
    tools = {"ask": Tool("send one request, and print the reply", ask.ask, ask.add_options)}
    sys.exit(main(2, lambda listener, options: SessionServer(listener), tools=tools))
