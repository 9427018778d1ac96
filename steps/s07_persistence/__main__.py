"""`python -m steps.s07 serve`: a server that keeps its data, and expires keys.

`… export FILE`: a snapshot as commands.
"""

from __future__ import annotations

import sys

from steps.s01_echo.cli import Tool, main
from steps.s07_persistence.rdb import exporting
from steps.s07_persistence.server import PersistentServer, add_options

if __name__ == "__main__":
    tools = {"export": Tool("print a snapshot as commands", exporting.run, exporting.add_options)}
    sys.exit(main(7, PersistentServer.build, add_options, tools=tools))
