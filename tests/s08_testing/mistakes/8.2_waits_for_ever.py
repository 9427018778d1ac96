"""Waits for one reply more than there are requests.

Caught by: test_good_servers_pass
"""

from __future__ import annotations


def check_server(host: str, port: int) -> None:

    import socket

    with socket.create_connection((host, port)) as connection:
        connection.sendall(b"PING\r\n")
        received = b""
        while received != b"+PONG\r\n+PONG\r\n":
            received += connection.recv(1024)
