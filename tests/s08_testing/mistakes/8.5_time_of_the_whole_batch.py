"""Gives every reply the time at which the last of its batch came.

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
        batch = min(pipeline, count - first)
        start = clock()
        wire.sendall(request * batch)
        good = errors = 0
        while good + errors < batch:
            data = wire.recv(CHUNK)
            if not data:
                return
            bad = [isinstance(reply, CommandError) for reply in reader.feed(data)]
            errors += sum(bad)
            good += len(bad) - sum(bad)
        tally.latencies += [clock() - start] * good
        tally.errors += errors
