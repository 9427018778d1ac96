"""A client that sends and receives at once."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

CHUNK = 64 * 1024


def exchange(host: str, port: int, data: bytes) -> bytes:
    with socket.create_connection((host, port)) as connection:
        sender = threading.Thread(target=send, args=(connection, data))
        sender.start()
        try:
            return receive(connection)
        finally:
            # The server may have hung up before it has read everything: `sendall` would wait until
            # it does. Closing alone does not wake a thread that waits in a socket.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            sender.join()


def send(connection: socket.socket, data: bytes) -> None:
    """Sends everything, and says that it is all."""
    # The server may vanish at any moment; `receive` finds out, too, and decides what that means.
    with suppress(OSError):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)


def receive(connection: socket.socket) -> bytes:
    """Everything that comes, until the server hangs up."""
    received = bytearray()
    while chunk := connection.recv(CHUNK):
        received += chunk
    return bytes(received)
