"""SIGINT and SIGTERM: an order from outside to stop, in the middle of whatever is going on.

Python calls a handler in the main thread, between any two of its instructions. The
thread may hold a lock at that moment, and a handler that wants the same lock waits for ever; it may
be writing to a file, and a handler that writes there too mixes the two. So a handler leaves a note
and rings a bell. The loop that this wakes does the work.

The first signal asks the server to stop cleanly, the second says not to wait any longer.

Windows has no SIGTERM from outside: `taskkill` ends a process without asking. Ctrl-C (SIGINT) and
Ctrl-Break (SIGBREAK) are there. A thread other than the main one can't have handlers at all; a
server that runs in one is stopped by `stop()`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

NAMES: Final = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C; what `kill`, systemd and docker send; Ctrl-Break on Windows."""


class Stoppable(Protocol):
    """A server as a signal handler sees it. Both methods return at once and take no locks."""

    def stop(self) -> None:
        """Stop cleanly."""

    def force(self) -> None:
        """Stop without waiting any longer."""


def stop_signals() -> list[int]:
    """The signals that stop a server here; none in a thread that can't have handlers."""
    if threading.current_thread() is not threading.main_thread():
        return []
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


@contextmanager
def stopping_on_signals(server: Stoppable) -> Iterator[list[int]]:
    """While the `with` block runs, signals stop the server. Yields the list of those that came.

    - `signal.signal(number, handler)`, for each of `stop_signals()`, has `handler(number, frame)`
      called when that signal comes, and returns the handler that was there before.
    - Your handler appends the number to the list. If it is the first in it, it calls
      `server.stop()`, otherwise `server.force()`. It does nothing else: it waits for nothing,
      writes nothing, raises nothing.
    - However the block ends, the previous handlers are restored afterwards. One that Python does
      not know (`signal.signal` returned None) becomes `signal.SIG_DFL`.

    https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers

    >>> with stopping_on_signals(server) as came:
    ...     server.run()
    >>> came
    [15]
    """
    raise NotImplementedError("exercise 9.4")


def names_of(numbers: list[int]) -> str:
    """For example `SIGTERM`; empty if no signal came."""
    return " ".join(signal.Signals(number).name for number in numbers)
