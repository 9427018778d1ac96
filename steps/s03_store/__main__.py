"""`python -m steps.s03 serve`: a store for one client at a time. `… repl`: the same at a prompt."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import Tool, main
from steps.s03_store.repl import repl
from steps.s03_store.server import StoreServer, add_options

if __name__ == "__main__":
    tools = {"repl": Tool("a prompt over a store of its own, without a network", lambda _: repl())}
    sys.exit(main(3, StoreServer.build, add_options, tools=tools))
