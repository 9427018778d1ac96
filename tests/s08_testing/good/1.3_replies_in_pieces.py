"""A good server: its replies come in two pieces, as TCP may deliver them at any time.

Good for: 8.2
"""

from __future__ import annotations

import socket
import time

from steps.s01_echo import server


class Server(server.Server):
    def guard(self, connection: socket.socket) -> None:
        class Dribbling:
            """A connection that sends its first byte, and the rest a moment later."""

            def __getattr__(self, name: str) -> object:
                return getattr(connection, name)

            def __enter__(self) -> object:
                return self

            def __exit__(self, *exc: object) -> None:
                connection.close()

            def sendall(self, data: bytes) -> None:
                connection.sendall(data[:1])
                time.sleep(0.01)
                connection.sendall(data[1:])

        try:
            with connection:
                self.handle(Dribbling())
        except OSError:
            pass
        except Exception as error:
            self.report(connection, error)
