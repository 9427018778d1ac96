"""Catches BaseException: Ctrl-C gets a note, too.

Caught by: test_ctrl_c_goes_through_untouched
"""

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
        raise
    except OSError as error:
        raise MachineError(f"cannot {doing}: {error.strerror or error}") from error
    except BaseException as error:
        error.add_note(f"while trying to {doing}: {written(facts)}")
        raise
