"""A plugin of pytest that writes down what the clients of `workbook.wire` send and receive.

`workbook.wirelog` asks for it, and makes text of it. The notes are JSON lines, in a file for each
process: several may run at the same time.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from workbook import wire
from workbook.tagged import tag_of
from workbook.wirelog import VARIABLE


def pytest_collection(session: pytest.Session) -> None:
    """Takes notes, if the parent asks for it."""
    if path := os.environ.pop(VARIABLE, None):
        # several children may write at the same time, a file each
        notes = Notes(Path(path) / f"{os.getpid()}.jsonl")
        session.config.pluginmanager.register(notes, "workbook-wirelog")


MOST = 400
"""Times that something went over a connection, of which notes are taken in one test."""

LONGEST = 4096
"""Bytes that are kept of what went over a connection at once."""


class Notes:
    """Writes what happens on the wire, one JSON object per line, up to a limit."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", buffering=1, encoding="utf-8")
        self.clients: dict[int, int] = {}
        self.begun = time.monotonic()
        self.count = 0
        wire.on_bytes.append(self.note)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test begins."""
        self.clients, self.count = {}, 0
        self.begun = time.monotonic()
        tag = tag_of(item)
        self.write(test=tag.title or item.name, exercise=tag.exercise or "")

    def note(self, client: wire.Client, mark: str, data: bytes) -> None:
        """Bytes went over a connection."""
        self.count += 1
        if self.count > MOST:
            if self.count == MOST + 1:
                self.write(left="more than can be shown")
            return
        number = self.clients.setdefault(id(client), len(self.clients) + 1)
        at = round(time.monotonic() - self.begun, 4)
        self.write(client=number, mark=mark, at=at, data=data[:LONGEST].decode("latin-1"))
        if len(data) > LONGEST:
            self.write(left=f"{len(data) - LONGEST} more bytes at once")

    def write(self, **facts: Any) -> None:
        """One line."""
        self.file.write(json.dumps(facts) + "\n")
