"""Counts CRLFs, of which a bulk string has two and an array more.

Caught by: test_replies_of_many_lines
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
        while missing > 0:
            data = wire.recv(CHUNK)
            if not data:
                return
            replies = data.count(b"\r\n")
            missing -= replies
            tally.errors += data.count(b"-ERR")
            tally.latencies += [clock() - start] * (replies - data.count(b"-ERR"))
