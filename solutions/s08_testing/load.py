"""Answers to steps/s08_testing/load.py."""

from __future__ import annotations

import time
from collections.abc import Callable

from steps.s02_resp.values import CommandError
from steps.s08_testing.client import CHUNK
from steps.s08_testing.load import ReplyReader, Tally, Wire


def drive(
    wire: Wire,
    request: bytes,
    count: int,
    pipeline: int,
    tally: Tally,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> None:
    # Pipelining means one `sendall` per batch: a loop that sends a request and waits for its reply
    # measures the network. The clock is read before sending, since on a loaded server part of the
    # waiting is spent there. And errors are distinguished from replies, or the fastest server
    # would be the one that refuses everything.
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
            for reply in reader.feed(data):
                missing -= 1
                if isinstance(reply, CommandError):
                    tally.errors += 1
                else:
                    tally.latencies.append(elapsed)
