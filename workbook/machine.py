"""Makes harmless what a learner's machine brings along: variables, closed streams, odd folders."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

KEPT = {
    # where Python's files are, and what is written in which encoding
    *("PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONUSERBASE", "PYTHONNOUSERSITE"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONHASHSEED", "PYTHONFAULTHANDLER"),
    *("PYTHONIOENCODING", "PYTHONUTF8", "PYTHONCOERCECLOCALE", "PYTHONUNBUFFERED"),
    # where pip finds packages, and how it gets there
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"),
    *("PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER"),
    *("PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_CONSTRAINT", "PIP_ONLY_BINARY"),
}
"""The variables of Python, pip and pytest that are left to them. No other reaches a process that
is started here: `PYTHONOPTIMIZE` takes the asserts away, `PYTHONINSPECT` never ends, `PIP_TARGET`
installs elsewhere, `PYTEST_PLUGINS` names what is not there."""

TAKEN = ("PYTHON", "PIP_", "PYTEST_", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""How those begin, and what leads git to another repository."""


def settle() -> None:
    """Makes this process, and with it all that it starts, like one on any other machine."""
    open_streams()
    for name in os.environ.keys() - usual(os.environ).keys():
        del os.environ[name]


def usual(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a process which is started here gets."""
    return {
        name: value
        for name, value in environment.items()
        if name in KEPT or not name.startswith(TAKEN)
    }


def open_streams() -> None:
    """Opens what is closed of stdin, stdout and stderr, or the next file or pipe would become it."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


@functools.cache
def importable(root: Path) -> str:
    """The folder as PYTHONPATH can hold it: itself, or a link to it where its name has a colon."""
    if os.pathsep not in str(root):
        return str(root)
    folder = tempfile.mkdtemp(prefix="workbook-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    link = os.path.join(folder, "root")
    os.symlink(root, link)
    return link
