"""`checker.py notebook 4`: opens JupyterLab on the lesson of a step."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from workbook import notebooks
from workbook.calls import FAILED, SOLVED, Call, CallTrouble
from workbook.overview import Overview

SETTINGS = {
    "ServerApp.answer_yes": "True",  # one Ctrl-C ends it
    "LabApp.news_url": "None",  # no question whether to show news
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
}
"""What keeps pop-ups out of the way of a lesson. Whoever wants them says so behind the command."""


def run(call: Call) -> int:
    """Opens a lesson: that of the step asked for, or of the next exercise.

    Words that begin with a dash go to JupyterLab: `--no-browser`, `--port 9000`.
    """
    step = asked(call)
    call.prepare("learn")
    lesson = notebooks.of(step, call.root)
    notebooks.trust(call.root)
    sys.stdout.flush()
    code = subprocess.run(command(lesson, call), cwd=call.root, env=environment(), check=False)
    return SOLVED if code.returncode == 0 else FAILED


def asked(call: Call) -> int:
    """The step whose lesson to open; takes its number out of the words."""
    if call.words and not call.words[0].startswith("-"):
        word = call.words.pop(0)
        if not (word.isascii() and word.isdigit() and notebooks.of(int(word), call.root)):
            raise CallTrouble(f"There is no lesson {word!r}: say a step, such as notebook 4.")
        return int(word)
    following = Overview(call.root).following
    return following.key[0] if following else 0


def command(lesson: Path | None, call: Call) -> list[str]:
    """The call of JupyterLab; the whole repository is in its file browser."""
    own = [f"--{name}={value}" for name, value in SETTINGS.items()]
    where = [str(lesson)] if lesson else []
    return [
        *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={call.root}"),
        *(*own, *call.words, *where),
    ]


def environment() -> dict[str, str]:
    """The kernels' environment: a Python that starts it is the Python that they run."""
    return {name: value for name, value in os.environ.items() if name != "STEPS_OVERLAY"}
