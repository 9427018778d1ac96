"""A crowd of clients on one thread: the other side of the comparison of threads with asyncio.

Step 8's load generator gives each client a thread. There, a thousand clients are a thousand
threads, which wait for each other more than for the server. Here each is a coroutine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter_ns
from typing import Final

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Request

PATIENCE: Final = 30.0
"""Seconds that the whole crowd may take before it is stopped."""


async def visit(
    port: int,
    batch: bytes,
    reply_size: int,
    rounds: int,
    clock: Callable[[], int] = perf_counter_ns,
) -> list[int]:
    """One client: sends `batch` to 127.0.0.1:`port`, waits for all of the reply, and so on.

    Returns, for each of the `rounds`, the nanoseconds from the sending to the last byte of the reply,
    which has `reply_size` bytes.

    - `await asyncio.open_connection("127.0.0.1", port)` gives a reader and a writer.
    - In each round: look at the clock, `writer.write(batch)` and `await writer.drain()`, then
      `await reader.readexactly(reply_size)`, and look at the clock again.
    - However it ends, close the writer, and wait until it is closed (`await writer.wait_closed()`).
    - If the server hangs up early, `readexactly` raises asyncio.IncompleteReadError: let it.

    While one client awaits, all others have a turn: so a thousand of them fit on one thread.

    https://docs.python.org/3/library/asyncio-stream.html
    """
    raise NotImplementedError("exercise 10.8")


async def crowd(
    port: int, request: Request, *, clients: int, requests: int, pipeline: int
) -> tuple[float, list[int]]:
    """`clients` at once, that ask `requests` times between them: the seconds, and all latencies.

    Raises TimeoutError after PATIENCE seconds. If one client fails, all are stopped, and its error
    is raised in an ExceptionGroup.
    """
    one = encode(request)
    reply_size = await size_of_reply(port, one)
    rounds = max(1, requests // (clients * pipeline))
    began = perf_counter_ns()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(visit(port, one * pipeline, reply_size * pipeline, rounds))
            for _ in range(clients)
        ]
    seconds = (perf_counter_ns() - began) / 1e9
    return seconds, [latency for task in tasks for latency in task.result()]


async def size_of_reply(port: int, request: bytes) -> int:
    """How many bytes the reply to `request` has, found by asking the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return len(await asyncio.wait_for(reader.read(64 * 1024), PATIENCE))
    finally:
        writer.close()
        await writer.wait_closed()
