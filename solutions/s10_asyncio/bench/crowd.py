"""Answers to steps/s10_asyncio/bench/crowd.py."""

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
    # `read` would return whatever has arrived, perhaps part of a reply, and count the rest in the
    # next round. Without `wait_closed` the loop may end before the sockets are closed, with a
    # warning for each. Only the awaits to be measured are between the two readings of the clock.
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies: list[int] = []
    try:
        for _ in range(rounds):
            began = clock()
            writer.write(batch)
            await writer.drain()
            await reader.readexactly(reply_size)
            latencies.append(clock() - began)
    finally:
        writer.close()
        await writer.wait_closed()
    return latencies
