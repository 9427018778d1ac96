"""Takes b'' for data and spins for ever.

Caught by: test_the_end_is_seen
"""

from __future__ import annotations

import socket

from steps.s01_echo import server
from steps.s01_echo.server import CHUNK


class Server(server.Server):
    def handle(self, connection: socket.socket) -> None:
        while True:
            connection.sendall(connection.recv(CHUNK))
