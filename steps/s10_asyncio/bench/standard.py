"""The standard set of redis-benchmark and a few commands more, on two servers. You may skip this file.

`python -m steps.s10 bench --standard` prints a line for each test: requests per second of this server
and of redis-server, and how much of its rate this one reaches, without pipelining and with it.
Each test runs on one server and then immediately on the other, so whatever else the machine does
affects both alike.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from math import exp, log
from typing import Final, Protocol

from steps.s01_echo.cli import StartError

POINT: Final = (
    *("ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop"),
    *("sadd", "hset", "spop", "zadd", "zpopmin"),
)
"""Tests whose commands read or write one item."""

ROWS: Final = ("lrange_100", "lrange_300", "lrange_500", "lrange_600", "mset")
"""Tests whose commands read or write many items: they get a tenth of the requests."""

SMALL_SCRIPT: Final = "EVAL return(redis.call('SET',KEYS[1],ARGV[1])) 1 script:__rand_int__ value"

OWN: Final = {
    "setbit": "SETBIT days:__rand_int__ 1000 1",
    "pfadd": "PFADD visitors __rand_int__",
    "geoadd": "GEOADD places 13.361389 38.115556 __rand_int__",
    "xadd": "XADD events * visitor __rand_int__",
    **({"eval": SMALL_SCRIPT} if find_spec("lupa") else {}),
}
"""Commands that the standard set leaves out; in place of `__rand_int__` comes a number below KEYS."""

KEYS: Final = 100_000

TEST_TIMEOUT: Final = 300.0
"""Seconds that one test may take."""


class Target(Protocol):
    """What must be known about a server to measure it."""

    name: str
    port: int


def rate_of(tool: str, port: int, test: str, clients: int, requests: int, pipeline: int) -> float:
    """Requests per second of one test of redis-benchmark, which first prepares what it needs."""
    counts = ["-c", str(clients), "-n", str(requests), "-P", str(pipeline)]
    asked = ["-r", str(KEYS), *OWN[test].split()] if test in OWN else ["-t", test]
    done = subprocess.run(
        [tool, "-h", "127.0.0.1", "-p", str(port), *counts, "--csv", *asked],
        capture_output=True,
        text=True,
        timeout=TEST_TIMEOUT,
        check=True,
    )
    rows = csv.DictReader(line for line in done.stdout.splitlines() if line.startswith('"'))
    return float([row["rps"] for row in rows][-1])


def mean(ratios: Sequence[float]) -> float:
    """The geometric mean: of 2 and 1/2 it is 1."""
    return exp(sum(map(log, ratios)) / len(ratios))


def compare_all(
    ours: Target, redis: Target, *, clients: int, requests: int, pipeline: int, rounds: int
) -> None:
    """Prints the table. Raises StartError if redis-benchmark is not installed."""
    tool = shutil.which("redis-benchmark")
    if tool is None:
        raise StartError("this needs redis-benchmark; the Debian package redis-tools brings it.")
    ratios: dict[tuple[str, int], float] = {}
    print(f"{clients} clients; requests/s of {ours.name} and {redis.name}, and the ratio")
    print(f"{'':12}{'1 command a packet':>31}{f'{pipeline} commands a packet':>31}")
    for test in (*POINT, *OWN, *ROWS):
        print(f"{test:12}", end="", flush=True)
        for depth in (1, pipeline):
            count = max(requests * (4 if depth > 1 else 1) // (10 if test in ROWS else 1), 1000)
            best = {server.name: 0.0 for server in (ours, redis)}
            for _ in range(rounds):
                for server in (ours, redis):
                    rate = rate_of(tool, server.port, test, clients, count, depth)
                    best[server.name] = max(best[server.name], rate)
            ratio = ratios[test, depth] = best[ours.name] / best[redis.name]
            print(
                f"{best[ours.name]:12.0f}{best[redis.name]:12.0f}{ratio:7.2f}", end="", flush=True
            )
        print()
    for name, tests in (("all", (*POINT, *OWN, *ROWS)), ("one item", (*POINT, *OWN))):
        print(f"{name:12}", end="")
        for depth in (1, pipeline):
            print(f"{'geometric mean':>24}{mean([ratios[t, depth] for t in tests]):7.2f}", end="")
        print()
    for depth in (1, pipeline):
        least = min(ratios, key=lambda pair, at=depth: (pair[1] != at, ratios[pair]))  # type: ignore[misc]
        print(f"least with {depth} a packet: {ratios[least]:.2f} ({least[0]})")
