"""`python -m steps.s09 serve`: a server that logs what goes on in it, and shuts down cleanly.

`… report FILE`: what a log holds, counted.
"""

from __future__ import annotations

import sys

from steps.s01_echo.cli import Tool, main
from steps.s09_logging.log import report
from steps.s09_logging.server import LoggingServer, add_options

if __name__ == "__main__":
    tools = {"report": Tool("count the events of a log", report.run, report.add_options)}
    sys.exit(main(9, LoggingServer.build, add_options, tools=tools))
