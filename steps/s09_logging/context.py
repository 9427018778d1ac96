"""Context that survives the way up: what was being done when something went wrong.

Where an exception is raised, the reason is known: `[Errno 28] No space left on device`. Further up
it is known what for: to save a snapshot. Whoever reads the log needs both. So on the way up nobody
logs and goes on, and nobody swallows: each level adds what it knows, and one boundary logs it all,
once.

Python has two tools for that. `raise New(...) from old` keeps the old exception as the cause of the
new one. `error.add_note(...)` pins a remark to an exception that itself goes on.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from steps.s02_resp.values import CommandError, Request
from steps.s09_logging.errors import MachineError
from steps.s09_logging.logs import shown
from steps.s09_logging.redact import HIDDEN, has_secrets, redacted
from steps.unwritten import origin

MOST_SHOWN: Final = 256
"""How much of a request stands in the log, in bytes."""


@contextmanager
def context(doing: str, /, **facts: object) -> Iterator[None]:
    """Adds what was being done, and to what, to an exception that comes out of the `with` block.

    - An OSError is the machine's: raise `MachineError(f"cannot {doing}: {reason}")` from it. The reason
      is its `strerror`, or `str(error)` where that is None.
    - A CommandError goes on as it is: it is an answer, and needs no explaining.
    - Any other Exception goes on, the very same object, with one note more: what was being done,
      then the facts (`add_note(f"while trying to {doing}: {written(facts)}")`). Its class stays,
      by which others catch it.
    - KeyboardInterrupt and the like are no Exceptions and nobody's error: they go on untouched.
    - Nothing is logged here. Whoever handles the exception logs it, once.

    >>> with context("save the snapshot", path="/data/dump.rdb"):
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    MachineError: cannot save the snapshot: No space left on device
    """
    raise NotImplementedError("exercise 9.2")


def written(facts: dict[str, object]) -> str:
    """For example: `client=127.0.0.1:5000 command=SET keys=k`."""
    return " ".join(f"{name}={shown(fact)}" for name, fact in facts.items())


class Shown:
    """A request as the log shows it: without passwords, and cut. Made a text only when needed."""

    def __init__(self, request: Request) -> None:
        self.request = request

    def __str__(self) -> str:
        text = b" ".join(redacted(self.request))
        more = len(text) - MOST_SHOWN
        note = f"... ({more} more bytes)" if more > 0 else ""
        return shown(text[:MOST_SHOWN]) + note


class Discreet:
    """A text about a request; of a request with passwords it tells nothing, for it may quote them.

    `ERR unknown command 'AUTH', with args beginning with: 'hunter2'` is such a text.
    """

    def __init__(self, told: object, request: Request) -> None:
        self.told = told
        self.request = request

    def __str__(self) -> str:
        return shown(HIDDEN) if has_secrets(self.request) else str(self.told)


class Told:
    """An exception as the log tells it: with its notes, its place, and what it came from."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        return "; caused by ".join(told(link) for link in chain(self.error))


def told(error: BaseException) -> str:
    """One link of the chain: `KeyError: 'x' (steps/…/lists.py:41; while …)`."""
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    first, *notes = text.split("\n")
    where = [origin(error)] if error.__traceback__ else []
    return f"{first} ({'; '.join([*where, *notes])})" if where or notes else first


class Traceback:
    """The whole traceback of an exception, for whoever looks for the bug."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        return "".join(traceback.format_exception(self.error))


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what caused it, what caused that: from what was noticed to what happened."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
