"""Takes submissions in, in a process of its own, so that a costly one cannot harm the others.

Unpacking and parsing what strangers made may take any amount of memory and time. The process has
limits on both. If it hits one, it ends, that submission gets the reason, and a new process reads the
next.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from workbook import catalogue
from workbook.grading import intake, similar
from workbook.grading.intake import Taken
from workbook.grading.sources import reason
from workbook.grading.submissions import Refusal, Submission

MEMORY = 320 << 20
"""Bytes of address space; a usual submission takes a fifth of that."""

SECONDS = 60.0
"""Seconds for one submission; a usual one takes a hundredth of one."""


class Reader:
    """The process, from the side of the grader. Starts with the first submission."""

    def __init__(self, root: Path, steps: Collection[int | str]) -> None:
        self.command = [sys.executable, "-m", __name__, str(root), json.dumps(sorted(steps))]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def take(self, submission: Submission) -> Taken:
        """What counts of a submission; the reason, where that cannot be found out."""
        process = self.process or self.start()
        assert process.stdin
        assert process.stdout
        begun = time.monotonic()
        timer = threading.Timer(SECONDS, process.kill)
        timer.daemon = True
        timer.start()
        try:
            order = [str(path.absolute()) for path in submission.sources]
            with contextlib.suppress(OSError):
                process.stdin.write(json.dumps(order).encode() + b"\n")
                process.stdin.flush()
            line = process.stdout.readline()
        finally:
            timer.cancel()
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return unpacked(json.loads(line))
        self.end()
        slow = time.monotonic() - begun >= SECONDS
        why = f"takes more than {SECONDS:.0f} seconds" if slow else "takes too much memory"
        return Taken(trouble=f"Reading {submission.source.name} {why}.")

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the process."""
        self.process = subprocess.Popen(
            self.command,
            cwd=catalogue.ROOT,
            env={**os.environ, "PYTHONPATH": str(catalogue.ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self.process

    def end(self) -> None:
        """Ends it."""
        if process := self.process:
            self.process = None
            process.kill()
            process.communicate()


# ---------------------------------------------------------------- on the way


def packed(taken: Taken) -> dict[str, Any]:
    """What was taken, as JSON has it."""
    submitted = taken.submitted.isoformat() if taken.submitted else None
    files = {name: base64.b64encode(data).decode() for name, data in taken.files.items()}
    return {**vars(taken), "files": files, "submitted": submitted}


def unpacked(facts: Mapping[str, Any]) -> Taken:
    """The opposite."""
    submitted = facts["submitted"]
    return Taken(
        **{
            **facts,
            "files": {name: base64.b64decode(data) for name, data in facts["files"].items()},
            "refused": [Refusal(*one) for one in facts["refused"]],
            "submitted": datetime.fromisoformat(submitted) if submitted else None,
        }
    )


# ---------------------------------------------------------------- the process


def limit_memory() -> None:
    """Limits this process and those that it starts, where the system can do that."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def main(root: Path, steps: Collection[int | str]) -> None:
    """Answers each line of stdin, which names the places of a submission."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory()
    pristine, solved = intake.pristine_files(root), similar.answers(root)
    for line in sys.stdin.buffer:
        try:
            places = [Path(name) for name in json.loads(line)]
            taken = intake.take_one(places, pristine, steps)
            taken.shapes = similar.shapes(taken.files, pristine, solved)
            facts = packed(taken)
        except Exception as error:
            facts = packed(Taken(trouble=f"It cannot be read: {reason(error)}."))
        answers.write(json.dumps(facts).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
