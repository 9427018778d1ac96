"""Forgets SO_REUSEADDR: no restart for a minute.

Caught by: test_the_port_is_free_again_at_once
"""

from __future__ import annotations

import socket

from steps.s01_echo.server import BACKLOG, resolve


def listen(host: str, port: int) -> socket.socket:
    family, address = resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
