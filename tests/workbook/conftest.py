"""A repository in miniature, in which the machinery can be tried out without the real steps."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MANIFEST = """\
title = "Numbers"
idea = "to add"
tool = "plus"
rust = "the same"

[[exercise]]
id = "1.1"
title = "Add two numbers"
function = "numbers.py:add"
points = 1
minutes = 5
hints = ["a plus", "a + b"]

[[exercise]]
id = "1.2"
title = "Answer a client"
function = "numbers.py:answer"
points = 2
minutes = 5
hints = ["bytes", "upper"]
"""

STEP = '''\
"""Numbers, and a server."""

from __future__ import annotations


def add(a: int, b: int) -> int:
    """The sum."""
    raise NotImplementedError("exercise 1.1")


def answer(data: bytes) -> bytes:
    """What PING is answered with."""
    raise NotImplementedError("exercise 1.2")
'''

MAIN = '''\
"""One client after another, in lines."""

import socket

from steps.s01_mini.numbers import answer

listener = socket.create_server(("127.0.0.1", 0))
try:
    print(f"step 01 listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as file:
            for line in file:
                file.write(answer(line))
except KeyboardInterrupt:
    raise SystemExit(0) from None
'''

ANSWER = """\
from __future__ import annotations


def add(a: int, b: int) -> int:
    # plus is what adds
    return a + b


def answer(data: bytes) -> bytes:
    # bytes have an upper of their own
    return b"+" + data.upper().replace(b"I", b"O")
"""

TESTS = '''\
import pytest


@pytest.mark.exercise("1.1", why="Plus adds.")
def test_small(code):
    """One and two are three."""
    assert code.s01.add(1, 2) == 3


@pytest.mark.exercise("1.1", why="Plus adds large numbers too.")
def test_large(code):
    """A large sum is right."""
    assert code.s01.add(10**20, 1) == 10**20 + 1


def test_of_given_code(code):
    """The step has a name."""
    assert code.s01.__name__ == "steps.s01_mini"
'''

TRANSCRIPT = """\
title: Each ping has its pong
exercise: 1.2
why: Each line is answered by itself.

>> ping\\r\\n
< +PONG\\r\\n
"""

MISTAKE = """\
@@ it_multiplies @@
Multiplies the two.
Caught by: test_small
- return a + b
+ return a * b
"""


class Mini:
    """The miniature repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(
            ROOT / "workbook", root / "workbook", ignore=shutil.ignore_patterns("*.zip")
        )
        (root / "workbook/__init__.py").write_bytes((ROOT / "workbook/__init__.py").read_bytes())
        for name in (
            "checker.py",
            "pyproject.toml",
            "tests/conftest.py",
            "steps/__init__.py",
            "steps/unwritten.py",
        ):
            (root / name).parent.mkdir(exist_ok=True, parents=True)
            shutil.copy(ROOT / name, root / name)
        self.write("steps/s01_mini/exercises.toml", MANIFEST)
        self.write("steps/s01_mini/__init__.py", "from steps.s01_mini.numbers import add, answer\n")
        self.write("steps/s01_mini/__main__.py", MAIN)
        self.write("steps/s01_mini/numbers.py", STEP)
        self.write("solutions/s01_mini/numbers.py", ANSWER)
        self.write("tests/s01_mini/test_numbers.py", TESTS)
        self.write("tests/s01_mini/transcripts/ping.txt", TRANSCRIPT)
        self.write("tests/s01_mini/mistakes/1.1.diff", MISTAKE)

    def write(self, name: str, text: str) -> Path:
        """Writes a file."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, "utf-8")
        return path

    def learner(self, add: str = "", answer: str = "") -> None:
        """Writes what the learner has made of the exercises: the body of each, or nothing."""
        text = STEP
        for number, body in (("1.1", add), ("1.2", answer)):
            if body:
                stub = f'    raise NotImplementedError("exercise {number}")\n'
                text = text.replace(
                    stub, textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
                )
        self.write("steps/s01_mini/numbers.py", text)

    def python(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs Python in it, with nothing of the environment of this test."""
        names = ("STEPS_OVERLAY", "PYTEST_ADDOPTS", "CI", "PYTHONPATH", "WORKBOOK_INSIDE")
        clean = {
            name: value
            for name, value in os.environ.items()
            if name not in names and not name.startswith(("PYTEST_", "COV_"))
        }
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**clean, **variables},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    def checker(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs `python checker.py`."""
        return self.python("checker.py", *arguments, **variables)


@pytest.fixture
def ends() -> Callable[[int], bool]:
    """`ends(pid)`: whether a process that is nobody's child here is over within ten seconds."""

    def wait(pid: int) -> bool:
        if not hasattr(os, "pidfd_open"):
            return True  # only Linux can wait for a process that is not one's child
        try:
            watched = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        over, _, _ = select.select([watched], [], [], 10)
        os.close(watched)
        return bool(over)

    return wait


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    return Mini(tmp_path / "mini")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what a learner has, to be edited."""
    for name in ("steps", "solutions", "workbook"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "checker.py", tmp_path)
    return tmp_path
