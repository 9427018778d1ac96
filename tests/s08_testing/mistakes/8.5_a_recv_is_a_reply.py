"""Takes each recv for one reply.

Caught by: test_latencies
"""

from __future__ import annotations

import time
from collections.abc import Callable

from steps.s08_testing.load import CHUNK, Tally, Wire


def drive(
    wire: Wire,
    request: bytes,
    count: int,
    pipeline: int,
    tally: Tally,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> None:
    for first in range(0, count, pipeline):
        missing = min(pipeline, count - first)
        start = clock()
        wire.sendall(request * missing)
        for _ in range(missing):
            data = wire.recv(CHUNK)
            if not data:
                return
            if data.startswith(b"-"):
                tally.errors += 1
            else:
                tally.latencies.append(clock() - start)
