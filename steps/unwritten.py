"""What the server says when it reaches an exercise that nobody has written yet.

A stub's `raise NotImplementedError("exercise 2.5")` raises an Unwritten. It is not a bug, so it gets
no traceback: the client, or the command line, is given the missing exercise and its line.
(`workbook/overlay.py` arranges this when it loads a step.)
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[1]  # the folder that holds `steps/`


class Unwritten(NotImplementedError):  # noqa: N818 - nothing went wrong, something is missing
    """An exercise that is still empty was called; the text is `exercise 2.5`."""

    @property
    def not_written(self) -> str:
        """For example: `exercise 1.2 is not written yet (steps/s01_echo/server.py:41)`."""
        return f"{self} is not written yet ({origin(self)})"


# A traceback shows the name that stands in the learner's file.
Unwritten.__name__ = Unwritten.__qualname__ = NotImplementedError.__name__
Unwritten.__module__ = NotImplementedError.__module__


def origin(error: BaseException) -> str:
    """File and line where `error` was raised, as a path from the root of the project."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "line unknown" if trace is None else _place(trace)


def _place(trace: TracebackType) -> str:
    path = Path(trace.tb_frame.f_code.co_filename)
    if path.is_relative_to(ROOT):
        path = path.relative_to(ROOT)
    return f"{path.as_posix()}:{trace.tb_lineno}"
