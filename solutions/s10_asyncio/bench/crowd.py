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
    # `read` would return whatever has come, a part of a reply perhaps, and count the rest for the
    # next round. Without `wait_closed` the loop may end before the sockets do, with a warning for
    # each. The clock is read outside of every await but those that are measured.
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
