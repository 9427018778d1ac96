"""`checker.py 4.2 --wire`: each byte that the tests of an exercise send and receive.

The tests run in children. There the plugin `workbook.wirenotes` writes down what is sent and
received; here it becomes text.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workbook.anatomy import Anatomy, rendered, said

VARIABLE = "WORKBOOK_WIRE"
"""The environment variable with the folder for the notes."""

OPTIONS = ["-p", "workbook.wirenotes"]
"""What pytest must be given."""


ROWS = 300
"""Rows that are printed at most."""


@contextlib.contextmanager
def recording(wanted: bool) -> Iterator[None]:
    """While this lasts, tests that run with `OPTIONS` take notes; at its end the log is printed."""
    if not wanted:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="workbook-wire-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]
            files = sorted(Path(folder).iterdir(), key=lambda path: path.stat().st_mtime)
            print(text_of("".join(path.read_text("utf-8") for path in files)))


def text_of(notes: str) -> str:
    """The log as people read it, test by test. A line that was cut off is left out."""
    parts: list[str] = []
    lines = Lines()
    for row in notes.splitlines():
        with contextlib.suppress(ValueError):
            facts = json.loads(row)
            if "test" in facts:
                parts += lines.end()
                lines = Lines(f"{facts['exercise']} {facts['test']}".strip())
            elif "left" in facts:
                lines.parts.append(said(f"not shown: {facts['left']}"))
            else:
                lines.add(**facts)
    parts += lines.end()
    if not parts:
        return "Its tests sent nothing over a connection.\n"
    rows = "\n".join(parts).split("\n")
    more = [f"... and {len(rows) - ROWS} more rows.", ""] if len(rows) > ROWS else []
    return "\n".join([*rows[:ROWS], *more])


class Lines:
    """The log of one test. Several clients are told apart by their numbers."""

    def __init__(self, title: str = "") -> None:
        self.title = title
        self.parts: list[str] = []
        self.sides: dict[tuple[int, str], Anatomy] = {}
        self.last = 1

    def add(self, client: int, mark: str, at: float, data: str) -> None:
        """What went over a connection at once."""
        if client != self.last:
            self.parts.append(said(f"client {client}"))
            self.last = client
        if not data:
            self.parts.append(said(f"{at:.3f}: the server has closed the connection"))
            return
        side = self.sides.setdefault((client, mark), Anatomy(sent=mark == ">"))
        self.parts.append(rendered(mark, at, side.feed(data.encode("latin-1"))))

    def end(self) -> list[str]:
        """All of it, with the title; nothing where nothing was sent."""
        return [self.title, *self.parts, ""] if self.parts else []
