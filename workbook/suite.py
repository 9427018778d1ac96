"""`checker.py test`: the whole suite, in pytest's words."""

from __future__ import annotations

import subprocess
import sys

from workbook.calls import FAILED, INTERRUPTED, SOLVED, UNSOLVED, WRONG_CALL, Call


def run(call: Call) -> int:
    """Runs all tests, in as many processes as there are processors; the words go to pytest."""
    call.prepare("learn", "dev")
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal", *call.words]
    sys.stdout.flush()
    code = subprocess.run(command, cwd=call.root, check=False).returncode
    return {0: SOLVED, 1: UNSOLVED, 3: FAILED}.get(code, INTERRUPTED if code == 2 else WRONG_CALL)
