"""No transports at all: the loop waits for the sockets, and nothing is kept but one piece."""

from __future__ import annotations

import asyncio
import contextlib
import socket


async def relay(listener: socket.socket, port: int) -> None:
    listener.setblocking(False)
    tasks: set[asyncio.Task[None]] = set()
    try:
        while True:
            client, _ = await asyncio.get_running_loop().sock_accept(listener)
            tasks.add(asyncio.create_task(life(client, port)))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def life(client: socket.socket, port: int) -> None:
    with client, socket.socket() as server:
        client.setblocking(False)
        server.setblocking(False)
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().sock_connect(server, ("127.0.0.1", port))
            ways = [
                asyncio.ensure_future(way(client, server)),
                asyncio.ensure_future(way(server, client)),
            ]
            try:
                await asyncio.gather(*ways)
            finally:
                for one in ways:
                    one.cancel()
                await asyncio.wait(ways)


async def way(here: socket.socket, there: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(here, 1 << 14):
        await loop.sock_sendall(there, data)
    there.shutdown(socket.SHUT_WR)
