"""The slow log: which commands took long, the latest first.

It times the command itself, once it has its locks: a command that waited for another one's lock is
not the slow one. Entries are kept in memory, in a ring buffer: the newest pushes the oldest out,
so the log can stay on for ever. https://redis.io/docs/latest/commands/slowlog-get/
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple

from steps.s02_resp.values import Request
from steps.s09_logging.log.redact import redacted

MOST_ARGUMENTS: Final = 32
"""Words of a request that an entry keeps, including a note about the others. As in Redis."""

MOST_BYTES: Final = 128
"""Bytes of a word that an entry keeps. As in Redis."""

MICROSECONDS: Final = 1_000_000
"""In a second."""


class Entry(NamedTuple):
    """One slow command."""

    id: int
    time: int
    """When it ran, in seconds since 1970."""
    microseconds: int
    arguments: list[bytes]
    client: str
    """Its address."""
    client_name: bytes


def threshold(microseconds: int) -> float:
    """The seconds beyond which a command is slow, for `slowlog-log-slower-than`.

    Negative: no command is slow. 0: every command is, as each takes longer than no time at all.
    """
    return microseconds / MICROSECONDS if microseconds >= 0 else math.inf


class SlowLog:
    """The latest `length` slow commands. Any thread may use it."""

    def __init__(self, length: int, now: Callable[[], float] = time.time) -> None:
        self.entries: deque[Entry] = deque(maxlen=min(length, sys.maxsize))
        self.now = now
        self.next_id = 0
        self.lock = threading.Lock()

    def add(self, request: Request, seconds: float, client: str = "", name: bytes = b"") -> None:
        """Adds an entry for `request`, which took `seconds`. Never more than `length` are kept.

        - Ids count up from 0 and are never used again; `self.next_id` is the next. Other threads
          add as well: hold `self.lock` while you take an id and append to `self.entries`.
        - The time is `self.now()`, in whole seconds; the duration in whole microseconds,
          rounded down.
        - The slow log is read by many: no passwords. Take `redacted(request)` in place of the request.
        - Of a word longer than MOST_BYTES the first MOST_BYTES stay, then, as in
          `aaa... (72 more bytes)`, how many are missing.
        - Of a request of more than MOST_ARGUMENTS words the first MOST_ARGUMENTS - 1 stay; the last
          word then is `... (9 more arguments)`. A request of exactly MOST_ARGUMENTS stays whole.

        So an entry never keeps a value of a megabyte in memory.
        https://redis.io/docs/latest/commands/slowlog-get/

        >>> log = SlowLog(128)
        >>> log.add([b"GET", b"k"], 0.0125)
        >>> log.latest(1)[0].microseconds, log.latest(1)[0].arguments
        (12500, [b'GET', b'k'])
        """
        raise NotImplementedError("exercise 9.6")

    def latest(self, count: int) -> list[Entry]:
        """The latest `count` entries, the latest first; all of them if `count` is negative."""
        with self.lock:
            newest_first = reversed(self.entries)
            return list(newest_first if count < 0 else islice(newest_first, count))

    def clear(self) -> None:
        """Forgets all entries. The ids continue."""
        with self.lock:
            self.entries.clear()

    def resize(self, length: int) -> None:
        """Keeps the latest `length` entries from now on."""
        with self.lock:
            self.entries = deque(self.entries, maxlen=min(length, sys.maxsize))

    def __len__(self) -> int:
        return len(self.entries)
