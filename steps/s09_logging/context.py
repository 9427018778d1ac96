"""Context that survives the way up: what was being done when something went wrong.

Where an exception is raised, the reason is known: `[Errno 28] No space left on device`. Further up
the purpose is known: to save a snapshot. A reader of the log needs both. So on the way up, no
level logs the exception and passes it on, and none swallows it: each adds what it knows, and one
boundary logs it all, once.

Python has two tools for that. `raise New(...) from old` keeps the old exception as the cause of the
new one. `error.add_note(...)` attaches a remark to an exception that itself goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steps.s02_resp.values import CommandError
from steps.s09_logging.errors import MachineError
from steps.s09_logging.log.texts import shown
from steps.unwritten import origin


@contextmanager
def context(doing: str, /, **facts: object) -> Iterator[None]:
    """Adds what was being done, and to what, to an exception that comes out of the `with` block.

    - An OSError is the machine's: `MachineError("cannot {doing}: {reason}")`, with the OSError as
      its cause. The reason is its `strerror`, if it has one.
    - A CommandError is an answer and needs no explanation: it goes on as it is.
    - Any other Exception goes on as the same object, so that others still catch it by its class,
      with the note `while trying to {doing}: {facts}` (see `written`).
    - What is not an Exception, such as KeyboardInterrupt, goes on untouched.

    Nothing is logged here: whoever handles the exception logs it, once.

    >>> with context("save the snapshot", path="/data/dump.rdb"):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    MachineError: cannot save the snapshot: No space left on device
    """
    raise NotImplementedError("exercise 9.2")


def written(facts: dict[str, object]) -> str:
    """For example: `client=127.0.0.1:5000 command=SET keys=k`."""
    return " ".join(f"{name}={shown(fact)}" for name, fact in facts.items())
