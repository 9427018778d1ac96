"""A bare echo on asyncio. You may skip this file.

It shows what the event loop and the kernel cost before a server does anything.

`python -m steps.s10_asyncio.bench.bare_echo PORT`. RESP comes back as it went, and an array is a reply.
"""

from __future__ import annotations

import asyncio
import sys


class Echo(asyncio.Protocol):
    """Sends back what it receives."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def serve(port: int) -> None:
    """Echoes until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
