"""Notes the bug and lets the block look as if it had succeeded.

Caught by: test_a_bug_gets_a_note_and_goes_on
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
    except Exception as error:
        error.add_note(f"while trying to {doing}: {written(facts)}")
