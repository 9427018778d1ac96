"""Calls send and forgets what it could not take.

Caught by: test_nothing_is_lost_on_the_way_to_a_slow_reader
"""

from __future__ import annotations

import socket

from steps.s01_echo import server
from steps.s01_echo.server import CHUNK


class Server(server.Server):
    def handle(self, connection: socket.socket) -> None:
        while data := connection.recv(CHUNK):
            connection.send(data)
