"""Writes files whole: a reader finds the old one or the new one, and never half of either."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


@contextlib.contextmanager
def writing(path: Path, newline: str = "\n") -> Iterator[TextIO]:
    """A file to write to. It takes the place of `path` at the end, unless something goes wrong."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", errors="replace", newline=newline) as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Writes a text."""
    with writing(path) as file:
        file.write(text)
