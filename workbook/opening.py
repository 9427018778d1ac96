"""`checker.py notebook 4`: opens JupyterLab on the lesson of a step, without pop-ups or chatter."""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
from pathlib import Path

from workbook import notebooks, overlay
from workbook.calls import FAILED, SOLVED, Call, CallTrouble
from workbook.overview import Overview

OPTIONS = (
    f"--LabApp.app_settings_dir={Path(__file__).with_name('jupyter')}",  # no news, no updates
    "--LabApp.log_level=ERROR",
    "--ServerApp.log_level=ERROR",  # what is left in the terminal is the address
    "--ServerApp.answer_yes=True",  # one Ctrl-C ends it
)
"""The options for JupyterLab; words after the command come later, and win."""

HELP = """\
python checker.py notebook             opens the lesson of the next exercise
python checker.py notebook 4           opens the lesson of step 4, in JupyterLab
python checker.py notebook 4 --no-browser --port=9000
                                       words with a dash go to JupyterLab; Ctrl-C
                                       ends it

The first time, this makes .venv and installs JupyterLab there."""

PATIENCE = 20.0
"""Seconds that JupyterLab gets after Ctrl-C to end its kernels."""


def run(call: Call) -> int:
    """Opens a lesson: that of the step asked for, or of the next exercise.

    Words that begin with a dash go to JupyterLab: `--no-browser`, `--port=9000`.
    """
    if {"-h", "--help"} & set(call.words):
        print(HELP)
        return SOLVED
    step = asked(call)
    call.prepare("learn")
    notebooks.trust(call.root)
    sys.stdout.flush()
    with subprocess.Popen(command(step, call), cwd=call.root, env=environment()) as lab:
        try:
            code = lab.wait()
        except (
            KeyboardInterrupt
        ):  # in a terminal it has got that as well; it ends its kernels first
            if os.name != "nt":
                lab.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                lab.wait(PATIENCE)
            lab.kill()
            code = 0
    return FAILED if code else SOLVED


def asked(call: Call) -> str:
    """The step or challenge whose lesson to open; takes it out of the words."""
    if call.words and not call.words[0].startswith("-"):
        word = call.words.pop(0)
        if notebooks.of(word, call.root) is None:
            raise CallTrouble(
                f"There is no lesson {word!r}: say a step or a challenge, such as notebook 4."
            )
        return word
    following = Overview(call.root).following
    return str(following.step if following else 0)


def command(lesson_of: str, call: Call) -> list[str]:
    """The call of JupyterLab, with the whole repository in its file browser."""
    lesson = notebooks.of(lesson_of, call.root)
    # a default address and no file: so the address that `--no-browser` prints leads there, too
    where = f"/lab/tree/{lesson.relative_to(call.root).as_posix()}" if lesson else "/lab"
    own = [*OPTIONS, f"--ServerApp.root_dir={call.root}", f"--LabApp.default_url={where}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        own.append("--allow-root")  # in a container nobody else is there
    if encrypts():
        own.append("--KernelManager.transport_encryption=auto")
    return [sys.executable, "-m", "jupyterlab", *own, *call.words]


def encrypts() -> bool:
    """Whether kernels can be talked to under encryption; where they can and are not, they warn."""
    manager = importlib.import_module("jupyter_client.manager").KernelManager
    return hasattr(manager, "transport_encryption") and bool(
        importlib.import_module("zmq").has("curve")
    )


def environment() -> dict[str, str]:
    """Ours, without an overlay: a lesson runs what is there."""
    return {name: value for name, value in os.environ.items() if name != overlay.VARIABLE}
