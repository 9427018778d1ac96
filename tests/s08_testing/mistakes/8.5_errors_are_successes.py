"""Counts an error like any other reply.

Caught by: test_errors_are_no_successes
"""

from __future__ import annotations

import time
from collections.abc import Callable

from steps.s08_testing.load import CHUNK, ReplyReader, Tally, Wire


def drive(
    wire: Wire,
    request: bytes,
    count: int,
    pipeline: int,
    tally: Tally,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> None:
    reader = ReplyReader()
    for first in range(0, count, pipeline):
        missing = min(pipeline, count - first)
        start = clock()
        wire.sendall(request * missing)
        while missing > 0:
            data = wire.recv(CHUNK)
            if not data:
                return
            elapsed = clock() - start
            for _ in reader.feed(data):
                missing -= 1
                tally.latencies.append(elapsed)
