"""A server whose clients talk to a session: it moves bytes from the socket into it and back."""

from __future__ import annotations

import socket
from typing import Protocol

from steps.s01_echo.server import CHUNK, Server, hang_up
from steps.s02_resp.session import EchoSession


class Session(Protocol):
    """What a server needs to know of a session."""

    closing: bool

    def receive(self, data: bytes) -> bytes: ...


class SessionServer(Server):
    """Step 1's server with a session for each client in place of the echo."""

    def new_session(self) -> Session:
        """The session of a client that has connected. Later steps override this."""
        return EchoSession()

    def handle(self, connection: socket.socket) -> None:
        session = self.new_session()
        while not session.closing and (data := connection.recv(CHUNK)):
            connection.sendall(session.receive(data))
        if session.closing:
            hang_up(connection)
