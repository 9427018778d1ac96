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
    """One client of the server at 127.0.0.1:`port`, on one connection: returns the time of each
    round.

    In each of the `rounds` it sends `batch` and waits for all of the reply, which has `reply_size`
    bytes. The time is in nanoseconds by `clock`, from before the sending to the last byte of the
    reply. If the server hangs up early, asyncio.IncompleteReadError comes out. However it ends, the
    connection is closed then, and not about to be.

    A thousand of these run on one thread, so nothing in here may wait without `await`.

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
