"""`python -m steps.s01 serve`: the echo server. `… send FILE`: a client."""

from __future__ import annotations

import argparse
import socket
import sys

from steps.s01_echo import send
from steps.s01_echo.cli import Tool, main
from steps.s01_echo.server import Server


def build(listener: socket.socket, options: argparse.Namespace) -> Server:
    """The server of step 1; it has no options of its own."""
    return Server(listener)


if __name__ == "__main__":
    tools = {"send": Tool("send a file to a server", send.send, send.add_options)}
    sys.exit(main(1, build, tools=tools))
