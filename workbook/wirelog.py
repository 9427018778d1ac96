"""`checker.py 4.2 --wire`: each byte that the tests of an exercise send and receive.

The tests run in a child. There this is a plugin of pytest, which notes what the clients of
`workbook.wire` see, in a file; here, in the parent, the file becomes text.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbook import wire
from workbook.anatomy import Anatomy, rendered, said
from workbook.tagged import tag_of

VARIABLE = "WORKBOOK_WIRE"
OPTIONS = ["-p", "workbook.wirelog"]
"""What pytest must be given."""


# ---------------------------------------------------------------- in the child


def pytest_configure(config: pytest.Config) -> None:
    """Takes notes, if the parent asks for it."""
    if path := os.environ.pop(VARIABLE, None):
        # several children may write at the same time, a file each
        config.pluginmanager.register(
            Notes(Path(path) / f"{os.getpid()}.jsonl"), "workbook-wirelog"
        )


class Notes:
    """Writes what happens on the wire, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", buffering=1, encoding="utf-8")
        self.clients: dict[int, int] = {}
        self.begun = time.monotonic()
        wire.on_bytes.append(self.note)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test begins."""
        self.clients = {}
        self.begun = time.monotonic()
        tag = tag_of(item)
        self.write(test=tag.title or item.name, exercise=tag.exercise or "")

    def note(self, client: wire.Client, mark: str, data: bytes) -> None:
        """Bytes went over a connection."""
        number = self.clients.setdefault(id(client), len(self.clients) + 1)
        at = round(time.monotonic() - self.begun, 4)
        self.write(client=number, mark=mark, at=at, data=data.decode("latin-1"))

    def write(self, **facts: Any) -> None:
        """One line."""
        self.file.write(json.dumps(facts) + "\n")


# ---------------------------------------------------------------- in the parent


@contextlib.contextmanager
def recording(wanted: bool) -> Iterator[list[str]]:
    """The options for pytest while this lasts; prints the log at its end. Without `wanted`: none."""
    if not wanted:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="workbook-wire-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield list(OPTIONS)
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
            else:
                lines.add(**facts)
    parts += lines.end()
    return "\n".join(parts) if parts else "The tests of this sent nothing over a connection.\n"


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
