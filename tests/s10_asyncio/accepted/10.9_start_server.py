"""A server of streams, whose handlers are cancelled when the relay is."""

from __future__ import annotations

import asyncio
import socket


class Relay:
    def __init__(self, port: int) -> None:
        self.port = port
        self.handlers: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        self.handlers.add(me)
        upstream = None
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self.port)
            copies = [
                asyncio.create_task(self.copy(reader, upstream[1])),
                asyncio.create_task(self.copy(upstream[0], writer)),
            ]
            try:
                done, _ = await asyncio.wait(copies, return_when=asyncio.FIRST_EXCEPTION)
                if not any(one.exception() for one in done):
                    for end in (writer, upstream[1]):
                        end.close()
                        await end.wait_closed()
            finally:
                for one in copies:
                    one.cancel()
                await asyncio.gather(*copies, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            if upstream:
                upstream[1].transport.abort()
            self.handlers.discard(me)

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(await reader.read(4096))
            await writer.drain()
        writer.write_eof()


async def relay(listener: socket.socket, port: int) -> None:
    one = Relay(port)
    server = await asyncio.start_server(one.handle, sock=listener.dup())
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        server.close()
        handlers = list(one.handlers)
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
