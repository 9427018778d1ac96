"""What a cell or a talk says when it reaches an exercise that nobody has written yet.

With `solutions/` there, an answer stands in. Without it a stub raises NotImplementedError, or a
server says that it cannot start. Neither is a bug, and a traceback would only hide what to do.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import TracebackType

from workbook import catalogue
from workbook.catalogue import ROOT
from workbook.overlay import HOLE

STUB = re.compile(rf"(?:exercise|challenge) (?P<hole>{HOLE})")
"""The text of a stub's exception."""

TOLD = re.compile(rf"(?P<stub>{STUB.pattern}) is not written yet \((?P<where>[^()]+)\)")
"""What a server says, on stderr or to a client."""


class Unwritten(Exception):  # noqa: N818 - nothing went wrong, something is missing
    """What a cell needs is an exercise that nobody has written."""


def need(exercise: catalogue.Exercise) -> None:
    """Raises Unwritten where this exercise is empty and no answer stands in."""
    if catalogue.is_open(exercise):
        file, line = catalogue.position(exercise)
        where = f"{file.relative_to(exercise.root).as_posix()}:{line}"
        raise Unwritten(f"{exercise.stub_text} is not written yet ({where})")


def sentence(error: BaseException) -> str:
    """Which exercise is missing, and where it is to be written; "" where it is none that fails."""
    if isinstance(error, BaseExceptionGroup):  # of tasks that ran side by side
        return next(filter(None, map(sentence, error.exceptions)), "")
    if isinstance(error, NotImplementedError) and STUB.fullmatch(str(error)):
        return f"{error} is not written yet ({origin(error.__traceback__)}).".capitalize()
    return told(str(error))


def told(text: str) -> str:
    """Which exercise is missing, as a server says it; "" where it says nothing of the kind."""
    found = TOLD.search(text)
    return f"{found[0]}.".capitalize() if found else ""


def holds(told: str) -> bool:
    """Whether what a sentence says of an exercise is still so: it may be written by now."""
    found = STUB.search(told.lower())
    hole = found["hole"] if found else ""
    first = hole if "." in hole else f"{hole}.1"  # a stage of a challenge, which is one module
    try:
        return catalogue.is_open(catalogue.find(first))
    except catalogue.CatalogueError:
        return True


def names_made(cell: str) -> set[str]:
    """The names that a cell gives a value, at any depth: none where Python cannot read it."""
    try:
        nodes = list(ast.walk(ast.parse(cell)))
    except (SyntaxError, ValueError):
        return set()
    return {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def origin(trace: TracebackType | None) -> str:
    """The file and the line that raised, as a path from the root of the repository."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    if not trace:
        return "line unknown"
    path = Path(trace.tb_frame.f_code.co_filename)
    short = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{short.as_posix()}:{trace.tb_lineno}"
