"""Step 1: sockets. A server that listens, accepts clients one after another, and echoes.

Read first: server.py and cli.py.

    alarm.py   wakes a waiting thread from another thread or a signal handler
    cli.py     the command line that every step uses: `serve --port 6379`
    client.py  the other end of a connection: a function to write
    path.py    listens at a path instead of a port (may be skipped)
    send.py    sends a file to a server (may be skipped)
    server.py  listens, accepts clients one after another, and echoes
"""

from __future__ import annotations

from steps.s01_echo.cli import StartError, Tool, main
from steps.s01_echo.server import Server, hang_up, listen

__all__ = [
    "Server",
    "StartError",
    "Tool",
    "hang_up",
    "listen",
    "main",
]
