"""Swallows bugs without a word.

Caught by: test_a_bug_is_reported
"""

from __future__ import annotations

import socket
from contextlib import suppress

from steps.s01_echo import server


class Server(server.Server):
    def guard(self, connection: socket.socket) -> None:
        with connection, suppress(Exception):
            self.handle(connection)
