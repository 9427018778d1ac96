"""Tools for experiments and tests. Nothing of the server uses them.

rehearse([[b"+PONG\\r\\n"]], b"PING\\r\\n", 1, 1)   exercise 8.5 against a list, without a network
feeding_times(data, rounds=5)                   both parsers, side by side
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steps.s01_echo.server import CHUNK
from steps.s02_resp.parser import RequestParser
from steps.s08_testing.fast_parser import FastParser
from steps.s08_testing.load import Tally, drive

CPU_CLOCK: Final = time.perf_counter if os.name == "nt" else time.thread_time
"""Time that this thread has worked. On Windows that one moves in steps of 16 ms: too coarse."""

TICK: Final = 1_000_000
"""Nanoseconds that go by in each `sendall` and each `recv` of a rehearsal."""


class Rehearsal:
    """A connection to a server that is only a list: for each batch the pieces of its replies.

    Each `sendall` lets the next pieces come, and each `recv` brings one of them. Both take a
    millisecond, on a clock of their own. A `recv` for which there is no piece would wait for ever.
    """

    def __init__(self, batches: Sequence[Sequence[bytes]]) -> None:
        self.batches = [list(batch) for batch in batches]
        self.pieces: list[bytes] = []
        self.sent: list[bytes] = []
        self.now = 0

    def sendall(self, data: bytes) -> None:
        """Takes a batch down, and lets its replies come."""
        self.now += TICK
        self.sent.append(bytes(data))
        self.pieces += self.batches.pop(0) if self.batches else []

    def recv(self, size: int) -> bytes:
        """The next piece of the replies."""
        self.now += TICK
        if not self.pieces:
            raise AssertionError(f"recv would wait for ever: the server got {self.sent}")
        return self.pieces.pop(0)

    def clock(self) -> int:
        """Nanoseconds since the beginning."""
        return self.now


@dataclass
class Played:
    """What came of a rehearsal: what was sent, and the tally."""

    sent: list[bytes]
    latencies: list[int]
    errors: int


def rehearse(
    batches: Sequence[Sequence[bytes]], request: bytes, count: int, pipeline: int
) -> Played:
    """Runs `drive` against a list of replies; latencies are in milliseconds."""
    rehearsal, tally = Rehearsal(batches), Tally()
    drive(rehearsal, request, count, pipeline, tally, rehearsal.clock)
    return Played(rehearsal.sent, [latency // TICK for latency in tally.latencies], tally.errors)


def feeding_times(data: bytes, rounds: int) -> tuple[float, float]:
    """The least CPU seconds in which step 2's parser, and the fast one, take `data`.

    The two take turns, so that whatever else the machine does hits both; and the best of several
    rounds is the one that was disturbed least. The bytes come as a server reads them, CHUNK by
    CHUNK.
    """
    pieces = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for number, kind in enumerate((RequestParser, FastParser)):
            parser = kind()
            start = CPU_CLOCK()
            for piece in pieces:
                parser.feed(piece)
            best[number] = min(best[number], CPU_CLOCK() - start)
    return best[0], best[1]
