"""`python -m steps.s08 serve`: the server of step 7 with the fast parser. `load` and `profile` too."""

from __future__ import annotations

import sys

from steps.s01_echo.cli import Tool, main
from steps.s07_persistence.server import add_options
from steps.s08_testing import load, profile
from steps.s08_testing.server import build

if __name__ == "__main__":
    tools = {
        "load": Tool("ask a server again and again, and time it", load.load, load.add_options),
        "profile": Tool("where a session spends its time", profile.show, profile.add_options),
    }
    sys.exit(main(8, build, add_options, tools=tools))
