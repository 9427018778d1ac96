"""The submission that is graded, as the trusted process knows it: where it is, how it is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbook import overlay
from workbook.grading import confine

VARIABLE = "WORKBOOK_SUBMISSION"
"""The environment variable with the `Subject`, in JSON."""


@dataclass(frozen=True)
class Subject:
    """One submission: its folders."""

    box: str
    """The folder with its steps, which it can read."""
    work: str
    """The folder in which it can write."""

    def to_environment(self) -> dict[str, str]:
        """What to add to the environment of the trusted process."""
        return {VARIABLE: json.dumps(asdict(self))}

    def start(
        self, words: Sequence[str], cwd: Path | str, more: Mapping[str, str], **pipes: Any
    ) -> subprocess.Popen[bytes]:
        """Starts `python words...` confined, on the submission's side."""
        environment = {
            "PYTHONSAFEPATH": "1",
            "PYTHONIOENCODING": "utf-8",
            "PYTHONFAULTHANDLER": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            overlay.VARIABLE: os.environ.get(overlay.VARIABLE, ""),
            **more,
            "PYTHONPATH": self.box,
        }
        command = [sys.executable, *words]
        if enclosure := confine.inside():
            return enclosure.popen(command, cwd=cwd, env=environment, **pipes)
        return subprocess.Popen(command, cwd=cwd, env=environment, **pipes)


@lru_cache(maxsize=1)
def subject() -> Subject:
    """The submission of this process."""
    return Subject(**json.loads(os.environ[VARIABLE]))
