"""Reports each client that vanishes as a bug.

Caught by: test_a_vanished_client_is_no_bug
"""

from __future__ import annotations

import socket

from steps.s01_echo import server


class Server(server.Server):
    def guard(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.handle(connection)
            except Exception as error:
                self.report(connection, error)
