"""A Python that has imported pytest already, and waits for tests to run: for `watch`.

Half of the time of a short check goes into starting Python and pytest. So `watch` keeps one such
process ready. It gets the command, the environment and the file for its output in one line on
stdin, is used once, and imports nothing of the learner's before.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbook import running

AHEAD = (
    "pytest",
    "_pytest.assertion.rewrite",
    "hypothesis",
    "workbook.evidence",
    "workbook.leftovers",
    "workbook.tagged",
    "workbook.transcript",
    "workbook.catalogue",
    "workbook.splice",
)
"""Imported before there is anything to do; those that are missing are left out."""


class Standby:
    """Keeps one process ready. `launch` takes the place of `running.launch`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ready: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Starts one, if none is ready."""
        if self.ready is None or self.ready.poll() is not None:
            command = [sys.executable, "-m", __name__]
            environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONFAULTHANDLER": "1"}
            self.ready = running.start(command, self.root, environment, Path(os.devnull))

    def launch(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
    ) -> subprocess.Popen[bytes]:
        """Gives the command to the process that is ready; starts a new one where none is."""
        child, self.ready = self.ready, None
        if child is None or child.poll() is not None or list(command[1:3]) != ["-m", "pytest"]:
            return running.start(command, folder, environment, output)
        output.touch()
        order = {"words": command[3:], "environment": dict(environment), "output": str(output)}
        assert child.stdin
        try:
            child.stdin.write(json.dumps(order).encode() + b"\n")
            child.stdin.flush()
        except OSError:  # it has died in this moment
            return running.start(command, folder, environment, output)
        return child

    def end(self) -> None:
        """Ends the process that is ready."""
        child, self.ready = self.ready, None
        if child and child.stdin:
            with contextlib.suppress(OSError):
                child.stdin.close()
            child.wait()


def main() -> int:
    """The process that is ready: imports, waits, and becomes pytest."""
    for name in AHEAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    line = b""
    while not line.endswith(b"\n"):
        data = os.read(0, 1 << 16)
        if not data:
            return 0
        line += data
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["environment"])
    output = os.open(order["output"], os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    import pytest

    sys.argv = ["pytest", *order["words"]]
    return pytest.console_main()


if __name__ == "__main__":
    sys.exit(main())
