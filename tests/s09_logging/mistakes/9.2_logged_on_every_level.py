"""Logs and raises: one bug, as many lines as levels.

Caught by: test_nothing_is_logged_on_the_way
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from steps.s02_resp.values import CommandError
from steps.s09_logging.context import written
from steps.s09_logging.errors import MachineError


@contextmanager
def context(doing: str, /, **facts: object) -> Iterator[None]:
    import logging

    try:
        yield
    except CommandError:
        raise
    except OSError as error:
        raise MachineError(f"cannot {doing}: {error.strerror or error}") from error
    except Exception as error:
        logging.getLogger("steps").error("cannot %s: %s", doing, error)
        error.add_note(f"while trying to {doing}: {written(facts)}")
        raise
