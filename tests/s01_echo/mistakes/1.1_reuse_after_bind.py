"""Sets SO_REUSEADDR after bind, which has asked already.

Caught by: test_the_port_is_free_again_at_once
"""

from __future__ import annotations

import socket
import sys

from steps.s01_echo.server import BACKLOG, resolve


def listen(host: str, port: int) -> socket.socket:
    family, address = resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.bind(address)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
