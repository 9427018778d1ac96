"""Closes the connection, but lets the reset end the server.

Caught by: test_a_reset_ends_only_that_client
"""

from __future__ import annotations

import socket

from steps.s01_echo import server


class Server(server.Server):
    def guard(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.handle(connection)
            except BrokenPipeError:
                pass
            except (ValueError, TypeError) as error:
                self.report(connection, error)
