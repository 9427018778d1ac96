"""Tools for experiments and tests. Nothing of the server uses them.

rehearse([[b"+PONG\\r\\n"]], b"PING\\r\\n", 1, 1)   exercise 8.5 against a list, without a network
feeding_times(data, rounds=5)                   both parsers, side by side
icicle(run)                                     where the time of a call goes, to be drawn
"""

from __future__ import annotations

import cProfile
import os
import pstats
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from steps.s01_echo.server import CHUNK
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import Request
from steps.s08_testing.fast_parser import FastParser
from steps.s08_testing.load import Tally, drive

CPU_CLOCK: Final = time.perf_counter if os.name == "nt" else time.thread_time
"""Time that this thread has worked. On Windows that one moves in steps of 16 ms: too coarse."""

TICK: Final = 1_000_000
"""Nanoseconds that go by in each `sendall` and each `recv` of a rehearsal."""


def fed(parser: RequestParser, pieces: Sequence[bytes]) -> list[Request]:
    """All requests that a parser returns for these pieces, which may be thousands."""
    return [request for piece in pieces for request in parser.feed(piece)]


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
        self.clock_reads = 0

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
        self.clock_reads += 1
        return self.now


@dataclass
class Played:
    """What came of a rehearsal: what was sent, and the tally."""

    sent: list[bytes]
    latencies: list[int]
    errors: int
    clock_reads: int


def rehearse(
    batches: Sequence[Sequence[bytes]], request: bytes, count: int, pipeline: int
) -> Played:
    """Runs `drive` against a list of replies; latencies are in milliseconds."""
    rehearsal, tally = Rehearsal(batches), Tally()
    drive(rehearsal, request, count, pipeline, tally, rehearsal.clock)
    latencies = [latency // TICK for latency in tally.latencies]
    return Played(rehearsal.sent, latencies, tally.errors, rehearsal.clock_reads)


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


# --- the time of a call, as a picture ------------------------------------------------------------

NARROW: Final = 0.01
"""Blocks of less than this part of the whole are left out: nobody could read them."""

Place: TypeAlias = tuple[str, int, str]
"""How the profiler names a function: file, line, name."""


class Block(NamedTuple):
    """One block of an icicle."""

    path: tuple[str, ...]
    """The names of the functions from the top down to this one."""
    start: float
    """Seconds from the left end."""
    seconds: float
    """Its width: the time that the function took, with all that it called."""


def icicle(run: Callable[[], object]) -> list[Block]:
    """Profiles `run`. Each function hangs below the one that called it, as wide as its CPU time.

    cProfile notes who called whom, not the whole way down: what a function did for each of its
    callers is shared out in proportion to their times. A method and those of the same name that it
    goes on to by `super()` are one block.
    """
    profiler = cProfile.Profile(CPU_CLOCK)
    profiler.runcall(run)
    profile: dict[Place, Any] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    callees: defaultdict[Place, dict[Place, float]] = defaultdict(dict)
    for place, (*_, callers) in profile.items():
        for caller, (*_, seconds) in callers.items():
            callees[caller][place] = seconds
    totals = {place: facts[3] for place, facts in profile.items()}
    top = max(totals, key=totals.__getitem__)

    def below(way: tuple[Place, ...], path: tuple[str, ...], part: float) -> dict[Place, float]:
        """What hangs below a function that took `part` of its time on this way, widths included."""
        found: dict[Place, float] = {}
        for callee, seconds in callees[way[-1]].items():
            if callee in way:
                continue
            if called(callee) == path[-1]:
                share = part * seconds / (totals[callee] or 1)
                found |= below((*way, callee), path, share)
            else:
                found[callee] = seconds * part
        return found

    def hang(
        way: tuple[Place, ...], path: tuple[str, ...], start: float, width: float
    ) -> Iterator[Block]:
        yield Block(path, start, width)
        inside = below(way, path, width / (totals[way[-1]] or 1))
        for callee, seconds in sorted(inside.items(), key=lambda item: -item[1]):
            if seconds >= NARROW * totals[top]:
                yield from hang((*way, callee), (*path, called(callee)), start, seconds)
                start += seconds

    return list(hang((top,), (called(top),), 0.0, totals[top]))


def called(place: Place) -> str:
    """The name of a function as people write it: `bytes.split` for what is built in."""
    name = place[2]
    if method := re.fullmatch(r"<method '(\w+)' of '(\w+)' objects>", name):
        return f"{method[2]}.{method[1]}"
    if builtin := re.fullmatch(r"<built-in method (?:builtins\.)?([\w.]+)>", name):
        return builtin[1]
    return name
