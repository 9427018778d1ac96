"""Sets SO_REUSEPORT, which lets two servers share one port.

Caught by: test_a_port_in_use_is_refused
"""

from __future__ import annotations

import socket
import sys

from steps.s01_echo.server import BACKLOG, resolve


def listen(host: str, port: int) -> socket.socket:
    family, address = resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
