"""Two protocols for each client, each of which writes to the transport of the other."""

from __future__ import annotations

import asyncio
import socket


async def relay(listener: socket.socket, port: int) -> None:
    loop = asyncio.get_running_loop()
    sides: set[Side] = set()
    connecting: set[asyncio.Task[None]] = set()
    listener.setblocking(False)
    try:
        while True:
            client, _ = await loop.sock_accept(listener)
            task = loop.create_task(connect(client, port, sides))
            connecting.add(task)
            task.add_done_callback(connecting.discard)
    finally:
        for task in connecting:
            task.cancel()
        await asyncio.gather(*connecting, return_exceptions=True)
        for side in list(sides):
            side.transport.abort()


async def connect(client: socket.socket, port: int, sides: set[Side]) -> None:
    loop = asyncio.get_running_loop()
    one = Side(sides)
    try:
        await loop.create_connection(lambda: Side(sides, one), "127.0.0.1", port)
    except OSError:
        client.close()
        return
    await loop.connect_accepted_socket(lambda: one, client)


class Side(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, sides: set[Side], other: Side | None = None) -> None:
        self.sides = sides
        self.waiting: list[bytes] = []
        self.connected = self.ended = self.broken = False
        if other:
            self.other, other.other = other, self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.connected = True
        self.sides.add(self)
        for data in self.waiting:
            self.transport.write(data)
        if self.other.ended:
            self.transport.write_eof()
        if self.other.broken:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.other.connected:
            self.other.transport.write(data)
        else:
            self.other.waiting.append(data)

    def eof_received(self) -> bool:
        self.ended = True
        if self.other.connected:
            self.other.transport.write_eof()
        if self.other.ended:
            self.transport.close()
            self.other.transport.close()
        return True

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self.sides.discard(self)
        self.broken = True
        if self.other.connected and not (self.ended and self.other.ended):
            self.other.transport.abort()
