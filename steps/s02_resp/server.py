"""A server whose clients talk to a session: it moves bytes from the socket into it and back."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Protocol

from steps.s01_echo.server import CHUNK, Server, hang_up
from steps.s02_resp.session import EchoSession


class Session(Protocol):
    """What a server needs to know about a session."""

    closing: bool

    def portions(self, data: bytes) -> Iterable[bytes]:
        """What to send for `data`, piece by piece, each to be sent before the next is made."""


class SessionServer(Server):
    """Step 1's server with a session for each client in place of the echo."""

    def new_session(self) -> Session:
        """The session of a client that has connected. Later steps override this."""
        return EchoSession()

    def handle(self, connection: socket.socket) -> None:
        session = self.new_session()
        while not session.closing and (data := connection.recv(CHUNK)):
            for replies in session.portions(data):
                connection.sendall(replies)
        if session.closing:
            hang_up(connection)
