"""Connects anew for each round, and measures the ones and not the others.

Caught by: test_as_many_rounds
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
    latencies: list[int] = []
    for _ in range(rounds):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            began = clock()
            writer.write(batch)
            await writer.drain()
            await reader.readexactly(reply_size)
            latencies.append(clock() - began)
        finally:
            writer.close()
            await writer.wait_closed()
    return latencies
