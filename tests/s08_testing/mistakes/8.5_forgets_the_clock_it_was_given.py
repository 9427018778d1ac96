"""Looks at the real clock instead of the one that it was given.

Caught by: test_latencies
"""

from __future__ import annotations

import time
from collections.abc import Callable

from steps.s02_resp.values import CommandError
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
        start = time.perf_counter_ns()
        wire.sendall(request * missing)
        while missing > 0:
            data = wire.recv(CHUNK)
            if not data:
                return
            elapsed = time.perf_counter_ns() - start
            for reply in reader.feed(data):
                missing -= 1
                if isinstance(reply, CommandError):
                    tally.errors += 1
                else:
                    tally.latencies.append(elapsed)
