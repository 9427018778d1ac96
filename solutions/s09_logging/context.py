"""Answers to steps/s09_logging/context.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steps.s02_resp.values import CommandError
from steps.s09_logging.context import written
from steps.s09_logging.errors import MachineError


@contextmanager
def context(doing: str, /, **facts: object) -> Iterator[None]:
    try:
        yield
    except CommandError:
        # Some are constants that are raised again and again, and would collect notes.
        raise
    except OSError as error:
        # `from` says that one error is the cause of the other. Without it Python says "during
        # handling of the above exception, another exception occurred", which sounds like a second
        # bug.
        raise MachineError(f"cannot {doing}: {error.strerror or error}") from error
    except Exception as error:
        error.add_note(f"while trying to {doing}: {written(facts)}")
        # A bare `raise`, so that it is the same exception with the same traceback. Logging it here
        # as well would log one bug once at each level that it passes.
        raise
