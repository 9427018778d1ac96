"""Logs to be read back; `lab` tells of them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from importlib import import_module
from itertools import count


def events(*lines: bytes) -> list[dict[str, str]]:
    """The events in these lines."""
    return list(import_module("steps.s09_logging.log.reading").events(lines))


def lines_before_the_first() -> int:
    """How many lines of an endless log are read for its first event."""
    numbers = count(1)

    def endless() -> Iterator[bytes]:
        for number in numbers:
            if number > 1000:
                return
            yield b"time=%d event=tick\n" % number

    next(iter(import_module("steps.s09_logging.log.reading").events(endless())))
    return next(numbers) - 1


def most_kept(count: int) -> int:
    """The most bytes that are in use while that many events are read."""
    lines = (b"time=%d event=tick\n" % number for number in range(count))
    tracemalloc.start()
    try:
        for _ in import_module("steps.s09_logging.log.reading").events(lines):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
