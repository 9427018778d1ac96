"""A writer that keeps what cannot be sent yet, and a reader: an event loop for one call."""

from __future__ import annotations

import asyncio
from contextlib import suppress


def exchange(host, port, data):
    async def talk():
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(data)
            writer.write_eof()
            return await reader.read()
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    return asyncio.run(talk())
