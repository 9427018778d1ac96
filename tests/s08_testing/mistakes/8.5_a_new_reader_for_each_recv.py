"""Makes a new reader for each recv, and loses the half reply in the old one.

Caught by: test_replies_in_pieces
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
    for first in range(0, count, pipeline):
        missing = min(pipeline, count - first)
        start = clock()
        wire.sendall(request * missing)
        while missing > 0:
            data = wire.recv(CHUNK)
            if not data:
                return
            elapsed = clock() - start
            for reply in ReplyReader().feed(data):
                missing -= 1
                if isinstance(reply, CommandError):
                    tally.errors += 1
                else:
                    tally.latencies.append(elapsed)
