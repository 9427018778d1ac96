"""Tell coverage that the code of an answer lies in ``solutions/``, whatever its module's
``__file__``.

The code objects name the right file. Coverage prefers the ``__file__`` of the module where the
last part of both names is the same, because a ``.pyc`` may have been moved since it was written;
here it always is the same. ``pyproject.toml`` switches this plugin on.
"""

from __future__ import annotations

import os
from types import FrameType
from typing import Any

from coverage import CoveragePlugin, FileTracer

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STEPS = os.path.join(ROOT, "steps", "")
SOLUTIONS = os.path.join(ROOT, "solutions", "")


class AnswerTracer(FileTracer):
    """Goes by the code that runs, for a module in which two files meet."""

    def __init__(self, filename: str) -> None:
        self._filename = filename

    def source_filename(self) -> str:
        return self._filename

    def has_dynamic_source_filename(self) -> bool:
        return True

    def dynamic_source_filename(self, filename: str, frame: FrameType) -> str:
        return frame.f_code.co_filename


class AnswerPlugin(CoveragePlugin):
    """Takes the modules that have an answer file; the others go the ordinary, faster way."""

    def file_tracer(self, filename: str) -> FileTracer | None:
        if not filename.startswith(STEPS):
            return None
        answer = SOLUTIONS + filename[len(STEPS) :]
        return AnswerTracer(filename) if os.path.isfile(answer) else None

    def file_reporter(self, filename: str) -> str:
        return "python"


def coverage_init(registry: Any, options: dict[str, str]) -> None:
    """Coverage calls this when it starts."""
    registry.add_file_tracer(AnswerPlugin())
