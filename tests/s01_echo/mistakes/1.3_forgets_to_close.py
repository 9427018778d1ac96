"""Closes only after a normal end.

Caught by: test_the_connection_is_closed
"""

from __future__ import annotations

import socket

from steps.s01_echo import server


class Server(server.Server):
    def guard(self, connection: socket.socket) -> None:
        try:
            self.handle(connection)
            connection.close()
        except OSError:
            pass
        except Exception as error:
            self.report(connection, error)
