"""A relay of streams: two tasks for each client, one for each direction.

All tasks belong to one group, so none is left when it ends. A direction that ends passes the end
on; one that breaks takes the other with it, as the two are a group of their own.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

CHUNK: Final = 64 * 1024


async def relay(listener: socket.socket, port: int) -> None:
    """Passes on what the clients of `listener` and the server at `port` say to each other."""
    loop = asyncio.get_running_loop()
    listener.setblocking(False)
    async with asyncio.TaskGroup() as clients:
        while True:
            client, _ = await loop.sock_accept(listener)
            clients.create_task(connect(client, port))


async def connect(client: socket.socket, port: int) -> None:
    """The life of one client. What breaks here is nobody else's business."""
    writers: list[asyncio.StreamWriter] = []
    try:
        here, answer = await asyncio.open_connection(sock=client)
        writers.append(answer)
        there, ask = await asyncio.open_connection("127.0.0.1", port)
        writers.append(ask)
        async with asyncio.TaskGroup() as directions:
            directions.create_task(pass_on(here, ask))
            directions.create_task(pass_on(there, answer))
        for writer in writers:
            writer.close()
            await writer.wait_closed()
    except* OSError:
        pass
    finally:
        # After `close` this changes nothing; without it, what is not read is thrown away.
        for writer in writers:
            writer.transport.abort()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction. `drain` waits while the other side does not read."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
