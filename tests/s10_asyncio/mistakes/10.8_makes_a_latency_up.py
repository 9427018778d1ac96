"""Takes the end of the connection for a reply.

Caught by: test_the_server_hangs_up
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter_ns


async def visit(
    port: int,
    batch: bytes,
    reply_size: int,
    rounds: int,
    clock: Callable[[], int] = perf_counter_ns,
) -> list[int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies: list[int] = []
    try:
        for _ in range(rounds):
            began = clock()
            writer.write(batch)
            await writer.drain()
            await reader.readexactly(reply_size)
            latencies.append(clock() - began)
    except asyncio.IncompleteReadError:
        latencies.append(clock() - began)
    finally:
        writer.close()
        await writer.wait_closed()
    return latencies
