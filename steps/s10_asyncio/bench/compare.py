"""The benchmark: servers side by side, in one run. You may skip this file.

`python -m steps.s10 bench` starts a bare asyncio echo, the threaded server of step 9, the server
of this step and, if it is installed, redis-server. All get the same requests from the same client,
in turn, and the best round of each counts: whatever else the machine does affects all of them
alike. Compare the ratios. The numbers themselves are those of this machine at this moment.

The client is redis-benchmark if it is installed, otherwise the crowd of exercise 10.8, which is
slower than the servers it measures: then look at the CPU time, which is the server's own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from steps.s01_echo.cli import StartError
from steps.s02_resp.encode import encode
from steps.s02_resp.values import OK
from steps.s08_testing.latency import percentile
from steps.s10_asyncio.bench.crowd import crowd
from steps.s10_asyncio.bench.standard import compare_all

ROOT: Final = Path(__file__).resolve().parents[3]
START: Final = 10.0
"""Seconds that a server may take until it listens."""
RUN: Final = 120.0
"""Seconds that one round of redis-benchmark may take."""

BATCH: Final = 10_000
"""Commands per packet while a server is filled."""

KEY: Final = b"key:000000000001"
COMMANDS: Final = {
    "GET": [b"GET", KEY],
    "SET": [b"SET", KEY, b"xxx"],
    "INCR": [b"INCR", b"counter:1"],
    "PING": [b"PING"],
}


class Round(NamedTuple):
    """One round of one server."""

    rate: float
    """Requests a second."""
    cpu: float
    """Microseconds of the server's CPU per request; nan if the system does not tell."""
    p50: float
    """Milliseconds."""
    p99: float
    """Milliseconds."""


@dataclass
class Contender:
    """A server that takes part."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    rounds: list[Round] = field(default_factory=list)

    @property
    def best(self) -> Round:
        """The best value of each column."""
        rates, cpus, p50s, p99s = zip(*self.rounds, strict=True)
        return Round(max(rates), min(cpus), min(p50s), min(p99s))


def contenders() -> list[Contender]:
    """The servers that take part; `{port}` and `{folder}` in a command line are replaced."""
    python = [sys.executable, "-m"]
    place = ["--port", "{port}", "--dir", "{folder}"]
    found = [
        Contender("asyncio echo", [*python, "steps.s10_asyncio.bench.bare_echo", "{port}"]),
        Contender("step 9, threads", [*python, "steps.s09", "serve", *place]),
        Contender("step 10, asyncio", [*python, "steps.s10", "serve", *place]),
    ]
    if redis := shutil.which("redis-server"):
        options = [*place, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        found.append(Contender("redis-server", [redis, *options]))
    return found


# --- servers -------------------------------------------------------------------------------------


def free_port() -> int:
    """A port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(servers: Sequence[Contender]) -> Iterator[None]:
    """Starts the servers, each on a port of its own in a folder of its own, and ends them."""
    with contextlib.ExitStack() as stack:
        for server in servers:
            server.port = free_port()
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            words = {"{port}": str(server.port), "{folder}": folder}
            server.process = subprocess.Popen(
                [words.get(word, word) for word in server.command],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(end, server.process)
            wait_for(server)
        yield


def wait_for(server: Contender) -> None:
    """Waits until the server takes connections. Raises StartError if it never does."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 1):
            return
        time.sleep(0.02)
    raise StartError(f"{server.name} did not start within {START:g} seconds; try it by hand.")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a server, if need be by force."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """The CPU time that a process has used so far; nan if there is no /proc."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return float("nan")
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# --- one round -----------------------------------------------------------------------------------


def measure(server: Contender, command: str, clients: int, requests: int, pipeline: int) -> Round:
    """Lets the clients send requests, and measures the time."""
    assert server.process is not None
    before = cpu_seconds(server.process)
    if tool := shutil.which("redis-benchmark"):
        rate, p50, p99 = by_redis_benchmark(tool, server.port, command, clients, requests, pipeline)
    else:
        rate, p50, p99 = by_crowd(server.port, command, clients, requests, pipeline)
    cpu = (cpu_seconds(server.process) - before) / requests * 1e6
    return Round(rate, cpu, p50, p99)


def by_redis_benchmark(
    tool: str, port: int, command: str, clients: int, requests: int, pipeline: int
) -> tuple[float, float, float]:
    """Requests per second, and the percentiles 50 and 99 in milliseconds."""
    words = [word.decode() for word in COMMANDS[command]]
    counts = ["-c", str(clients), "-n", str(requests), "-P", str(pipeline)]
    done = subprocess.run(
        [tool, "-h", "127.0.0.1", "-p", str(port), *counts, "--csv", *words],
        capture_output=True,
        text=True,
        timeout=RUN,
        check=True,
    )
    row = next(csv.DictReader(line for line in done.stdout.splitlines() if line.startswith('"')))
    return float(row["rps"]), float(row["p50_latency_ms"]), float(row["p99_latency_ms"])


def by_crowd(
    port: int, command: str, clients: int, requests: int, pipeline: int
) -> tuple[float, float, float]:
    """The same, with our own client."""
    visitors = crowd(port, COMMANDS[command], clients=clients, requests=requests, pipeline=pipeline)
    try:
        seconds, latencies = asyncio.run(visitors)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None  # one stands for all, such as an empty exercise
    rate = len(latencies) * pipeline / seconds
    return rate, percentile(latencies, 50) / 1e6, percentile(latencies, 99) / 1e6


# --- memory --------------------------------------------------------------------------------------


def resident(process: subprocess.Popen[bytes]) -> float:
    """The memory that a process has now, in megabytes; nan if there is no /proc."""
    try:
        text = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return float("nan")
    [line] = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def fill(port: int, keys: int) -> None:
    """Sets that many small keys, in packets of up to BATCH commands. Waits for all replies."""
    with socket.create_connection(("127.0.0.1", port), RUN) as connection:
        for first in range(0, keys, BATCH):
            numbers = range(first, min(first + BATCH, keys))
            requests = [[b"SET", b"key:%012d" % n, b"value:%d" % (n % 1000)] for n in numbers]
            connection.sendall(b"".join(map(encode, requests)))
            missing = len(requests) * len(encode(OK))
            while missing > 0:
                data = connection.recv(64 * 1024)
                if not data:
                    raise StartError("a server hung up while it was filled; try it by hand.")
                missing -= len(data)


def print_memory(servers: Sequence[Contender], keys: int) -> None:
    """How much memory that many small keys take in each server, and how much the empty server takes."""
    reference = servers[-1]
    sizes = {}
    for server in servers:
        assert server.process is not None
        empty = resident(server.process)
        fill(server.port, keys)
        sizes[server.name] = (empty, resident(server.process))
    print(f"\n{keys} keys{'':6}{'empty MB':>12}{'full MB':>12}  of {reference.name}")
    for name, (empty, full) in sizes.items():
        print(f"{name:18}{empty:12.1f}{full:12.1f}  {full / sizes[reference.name][1]:.2f}")


# --- the command line ----------------------------------------------------------------------------


def bench(options: argparse.Namespace) -> int:
    """Runs the whole comparison and prints a table for each pipelining, or one on memory."""
    servers = contenders()
    if options.standard and len(servers) < 4:
        raise StartError("this needs redis-server; the Debian package redis-server brings it.")
    with running(servers):
        if options.keys:
            print_memory(servers[1:], options.keys)  # an echo keeps nothing
            return 0
        if options.standard:
            compare_all(
                *servers[2:],
                clients=options.clients,
                requests=options.requests,
                pipeline=options.pipeline,
                rounds=options.rounds,
            )
            return 0
        for pipeline in (1, options.pipeline):
            requests = options.requests * (1 if pipeline == 1 else 4)
            for server in servers:
                server.rounds.clear()
            for _ in range(options.rounds):
                for server in servers:
                    server.rounds.append(
                        measure(server, options.command, options.clients, requests, pipeline)
                    )
            print_table(servers, options.command, options.clients, pipeline)
    return 0


def print_table(servers: Sequence[Contender], command: str, clients: int, pipeline: int) -> None:
    """One line per server; the last column compares with redis-server, or else with the echo."""
    reference = servers[-1]
    print(f"\n{command}, {clients} clients, {pipeline} commands a packet")
    heading = ("requests/s", "CPU µs", "p50 ms", "p99 ms", f"of {reference.name}")
    print(f"{'':18}" + "".join(f"{title:>12}" for title in heading[:-1]) + f"  {heading[-1]}")
    for server in servers:
        best = server.best
        ratio = best.rate / reference.best.rate
        print(
            f"{server.name:18}{best.rate:12.0f}{best.cpu:12.1f}{best.p50:12.3f}{best.p99:12.3f}"
            f"  {ratio:.2f}",
            flush=True,
        )


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the benchmark."""
    parser.add_argument("--clients", type=int, choices=range(1, 1001), default=50, metavar="N")
    parser.add_argument(
        "--requests",
        type=int,
        choices=range(1000, 10_000_001),
        default=50_000,
        metavar="N",
        help="per round; four times as many with pipelining",
    )
    parser.add_argument("--pipeline", type=int, choices=range(2, 1001), default=16, metavar="N")
    parser.add_argument("--rounds", type=int, choices=range(1, 101), default=3, metavar="N")
    parser.add_argument("--command", choices=tuple(COMMANDS), default="GET")
    parser.add_argument(
        "--standard",
        action="store_true",
        help="instead, run the standard set of redis-benchmark against redis-server, too",
    )
    parser.add_argument(
        "--keys",
        type=int,
        choices=range(10_000_001),
        default=0,
        metavar="N",
        help="instead, compare the memory that this many small keys take",
    )
