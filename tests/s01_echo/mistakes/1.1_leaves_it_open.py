"""Lets the error go on, and leaves the socket open.

Caught by: test_a_refusal_leaves_no_socket_open
"""

from __future__ import annotations

import socket
import sys

from steps.s01_echo.server import BACKLOG, resolve


def listen(host: str, port: int) -> socket.socket:
    family, address = resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener
