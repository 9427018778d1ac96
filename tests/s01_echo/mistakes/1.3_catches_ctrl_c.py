"""Catches everything, Ctrl-C included.

Caught by: test_ctrl_c_is_no_trouble_of_a_client
"""

from __future__ import annotations

import socket

from steps.s01_echo import server


class Server(server.Server):
    def guard(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.handle(connection)
            except OSError:
                pass
            except:  # noqa: E722
                self.report(connection, RuntimeError("something"))
