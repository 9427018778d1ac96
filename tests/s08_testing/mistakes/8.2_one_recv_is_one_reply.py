"""Takes what one recv brings for the whole reply.

Caught by: test_good_servers_pass
"""

from __future__ import annotations


def check_server(host: str, port: int) -> None:

    import socket

    with socket.create_connection((host, port), 3) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(1024) == b"+PONG\r\n"
        connection.sendall(b"SET k v\r\nGET k\r\n")
        assert connection.recv(1024) == b"+OK\r\n$1\r\nv\r\n"
