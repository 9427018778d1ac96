"""How a line of the log shows a value: a request, an exception, or anything else."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Final

from steps.s02_resp.values import CommandError, Request
from steps.s09_logging.log.redact import HIDDEN, has_secrets, redacted
from steps.unwritten import origin

MOST_SHOWN: Final = 256
"""How much of a request the log shows, in bytes."""


class Lazy:
    """A text that is expensive, and made only if a line with it is written: `make(*arguments)`."""

    def __init__(self, make: Callable[..., str], *arguments: object) -> None:
        self.make = make
        self.arguments = arguments

    def __str__(self) -> str:
        return self.make(*self.arguments)


def shown(value: object) -> str:
    """A value as text, with its control characters. Bytes that are not UTF-8 can be read back."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, BaseException) and not isinstance(value, CommandError):
        return story(value)  # an error reply says everything
    return str(value)


# --- requests ------------------------------------------------------------------------------------


def beginning(request: Request) -> str:
    """A request without its passwords, cut after MOST_SHOWN bytes."""
    text = b" ".join(redacted(request))
    more = len(text) - MOST_SHOWN
    note = f"... ({more} more bytes)" if more > 0 else ""
    return shown(text[:MOST_SHOWN]) + note


def discreet(value: object, request: Request) -> str:
    """A value that may quote the request; hidden if the request has passwords.

    `ERR unknown command 'AUTH', with args beginning with: 'hunter2'` is such a value.
    """
    return shown(HIDDEN if has_secrets(request) else value)


# --- exceptions ----------------------------------------------------------------------------------


def story(error: BaseException) -> str:
    """An exception with its notes, the place where it was raised, and what caused it, in one line."""
    return "; caused by ".join(described(link) for link in chain(error))


def described(error: BaseException) -> str:
    """One link of the chain: `KeyError: 'x' (steps/…/lists.py:41; while …)`."""
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    first, *notes = text.split("\n")
    where = [origin(error)] if error.__traceback__ else []
    return f"{first} ({'; '.join([*where, *notes])})" if where or notes else first


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what caused it, what caused that: from what was noticed down to what happened."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def whole_traceback(error: BaseException) -> str:
    """The traceback, in many lines, for finding the bug."""
    return "".join(traceback.format_exception(error))
