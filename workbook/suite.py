"""`checker.py test`: the whole suite, in pytest's words."""

from __future__ import annotations

import os
import subprocess
import sys

from workbook.calls import FAILED, INTERRUPTED, SOLVED, UNSOLVED, WRONG_CALL, Call


def run(call: Call) -> int:
    """Runs all tests, in several processes at a time; the words go to pytest."""
    call.prepare("learn", "dev", "grading")
    workers = str(2 * (os.cpu_count() or 1) + 1)  # many tests wait: for a server, or a time-out
    command = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal", *call.words]
    sys.stdout.flush()
    code = subprocess.run(command, cwd=call.root, check=False).returncode
    return {0: SOLVED, 1: UNSOLVED, 3: FAILED}.get(code, INTERRUPTED if code == 2 else WRONG_CALL)
