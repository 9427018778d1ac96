"""`python -m steps.s10 serve`: the complete server. `… bench`: how fast it is, compared with others.

`… relay`: stands between clients and a server.
"""

from __future__ import annotations

import sys
from functools import partial

from steps.s01_echo.cli import Tool, main
from steps.s07_persistence.settings import add_options
from steps.s10_asyncio.bench import compare
from steps.s10_asyncio.clients import relaying
from steps.s10_asyncio.server import build
from steps.s10_asyncio.settings import Settings

if __name__ == "__main__":
    tools = {
        "bench": Tool("compare servers in one run", compare.bench, compare.add_options),
        "relay": Tool("pass on what clients and a server say", relaying.run, relaying.add_options),
    }
    sys.exit(main(10, build, partial(add_options, kind=Settings), tools=tools))
