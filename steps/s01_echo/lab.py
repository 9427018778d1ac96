"""Tools for experiments and tests with the server of step 1. Nothing of the server uses them."""

from __future__ import annotations

import socket

from steps.s01_echo.server import Server

TROUBLES: dict[str, BaseException] = {
    "reset": ConnectionResetError("the client vanished"),
    "unreachable": OSError("no route to the client"),
    "bug": ValueError("a bug in handle"),
    "Ctrl-C": KeyboardInterrupt(),
}


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets, without a port: one for the client, one for the server."""
    client, connection = socket.socketpair()
    client.settimeout(10)  # a test that waits for bytes which never come fails instead of hanging
    return client, connection


def free_listener() -> socket.socket:
    """A socket that listens on a free port of this machine."""
    return socket.create_server(("127.0.0.1", 0))


class TroubledServer(Server):
    """A server in which serving a client ends in trouble of a chosen kind (see TROUBLES)."""

    def __init__(self, listener: socket.socket, trouble: str) -> None:
        super().__init__(listener)
        self.trouble = TROUBLES[trouble]
        self.reported: list[str] = []

    def handle(self, connection: socket.socket) -> None:
        raise self.trouble

    def report(self, connection: socket.socket, error: Exception) -> None:
        self.reported.append(type(error).__name__)

    def what_comes_out(self, connection: socket.socket) -> str:
        """The name of what `guard` raises for this client; "" where it returns."""
        try:
            self.guard(connection)
        except NotImplementedError:
            raise  # exercise 1.3 itself is not written
        except BaseException as error:
            return type(error).__name__
        return ""
