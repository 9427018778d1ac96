"""Decodes the bytes to text and encodes them again.

Caught by: test_all_256_bytes_come_back
"""

from __future__ import annotations

import socket

from steps.s01_echo import server
from steps.s01_echo.server import CHUNK


class Server(server.Server):
    def handle(self, connection: socket.socket) -> None:
        while data := connection.recv(CHUNK):
            connection.sendall(data.decode(errors="replace").encode())
