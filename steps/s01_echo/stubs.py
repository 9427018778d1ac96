"""What the server says where it reaches an exercise that nobody has written yet.

A stub raises NotImplementedError("exercise 2.5"). That is no bug, so it gets no traceback: the
client, or the command line, hears which exercise is missing and in which line it waits.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]  # the folder that holds `steps/`
STUB = re.compile(r"exercise \d+\.\d+")


def is_stub(error: BaseException) -> bool:
    """True for what a stub raises; a NotImplementedError of any other origin is a bug."""
    return isinstance(error, NotImplementedError) and STUB.fullmatch(str(error)) is not None


def not_written(error: BaseException) -> str:
    """For example: `exercise 1.2 is not written yet (steps/s01_echo/server.py:41)`."""
    return f"{error} is not written yet ({origin(error)})"


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
