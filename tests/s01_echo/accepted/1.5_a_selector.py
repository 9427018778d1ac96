"""One thread, which asks the kernel what can be done without waiting: receive, or send some more."""

from __future__ import annotations

import selectors
import socket


def exchange(host, port, data):
    parts, rest = [], memoryview(data)
    with (
        socket.create_connection((host, port)) as connection,
        selectors.DefaultSelector() as selector,
    ):
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while True:
            for _, ready in selector.select():
                if ready & selectors.EVENT_READ:
                    part = connection.recv(65536)
                    if not part:
                        return b"".join(parts)
                    parts.append(part)
                elif rest:
                    rest = rest[connection.send(rest) :]
                else:
                    connection.shutdown(socket.SHUT_WR)
                    selector.modify(connection, selectors.EVENT_READ)
