"""Takes a recv that is not full for the end.

Caught by: test_a_client_sends_again_and_again
"""

from __future__ import annotations

import socket

from steps.s01_echo import server
from steps.s01_echo.server import CHUNK


class Server(server.Server):
    def handle(self, connection: socket.socket) -> None:
        data = connection.recv(CHUNK)
        connection.sendall(data)
        while len(data) == CHUNK:
            data = connection.recv(CHUNK)
            connection.sendall(data)
