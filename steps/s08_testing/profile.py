"""Where a server spends its time: the profiler over a session, without a network.

Guesses about speed are wrong more often than not. cProfile counts every call and its time. What it
shows is distorted, since counting takes time too, most of all in small functions. So look for what
is called often, change that, and measure the change without the profiler (`python -m steps.s08
load`).
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import time
from collections.abc import Callable
from typing import Final

from steps.s02_resp.encode import encode
from steps.s02_resp.parser import RequestParser
from steps.s07_persistence.state import State
from steps.s08_testing.fast_parser import FastParser
from steps.s08_testing.load import MOST_PIPELINED, up_to
from steps.s08_testing.server import fast_session

PARSERS: Final[dict[str, Callable[[], RequestParser]]] = {
    "fast": FastParser,
    "step2": RequestParser,
}

MOST_BATCHES: Final = 100_000
MOST_LINES: Final = 200


def work(batches: int, pipeline: int, parser: str = "fast") -> Callable[[], None]:
    """Something to measure: a session that gets batches of SET and GET in turn."""
    session = fast_session(State())
    session.parser = PARSERS[parser]()
    words = ([b"SET", b"key:1", b"value"], [b"GET", b"key:1"])
    batch = b"".join(encode(words[number % 2]) for number in range(pipeline))

    def run() -> None:
        for _ in range(batches):
            session.receive(batch)

    return run


def profile(run: Callable[[], None], lines: int = 15) -> str:
    """The functions in which `run` spends most of its time, as a table."""
    profiler = cProfile.Profile()
    profiler.runcall(run)
    table = io.StringIO()
    pstats.Stats(profiler, stream=table).strip_dirs().sort_stats("tottime").print_stats(lines)
    return table.getvalue().strip()


def per_request(run: Callable[[], None], requests: int) -> float:
    """Microseconds of CPU per request, without the profiler."""
    start = time.thread_time()
    run()
    return (time.thread_time() - start) * 1e6 / requests


# ---------------------------------------------------------------- the command line


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `profile`."""
    parser.add_argument("--batches", type=up_to(MOST_BATCHES), default=2000, help="reads to do")
    parser.add_argument(
        "--pipeline", type=up_to(MOST_PIPELINED), default=16, help="requests in one read"
    )
    parser.add_argument("--parser", choices=PARSERS, default="fast", help="which parser to use")
    parser.add_argument("--lines", type=up_to(MOST_LINES), default=15, help="functions to show")


def show(options: argparse.Namespace) -> None:
    """The tool `profile`."""
    run = work(options.batches, options.pipeline, options.parser)
    requests = options.batches * options.pipeline
    print(f"{requests} requests, {per_request(run, requests):.2f} µs each without the profiler\n")
    print(profile(run, options.lines))
