"""Waits in the socket itself: nobody else has a turn meanwhile, the server neither.

Caught by: test_a_crowd_on_one_thread
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns


async def visit(
    port: int,
    batch: bytes,
    reply_size: int,
    rounds: int,
    clock: Callable[[], int] = perf_counter_ns,
) -> list[int]:
    import socket

    latencies: list[int] = []
    with socket.create_connection(("127.0.0.1", port), timeout=0.1) as connection:
        for _ in range(rounds):
            began = clock()
            connection.sendall(batch)
            left = reply_size
            while left:
                left -= len(connection.recv(left))
            latencies.append(clock() - began)
    return latencies
