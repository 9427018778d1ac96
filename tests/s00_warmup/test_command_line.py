"""The command line of the warm-up: results on stdout; one sentence on stderr for what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.fixture
def call(request, tmp_path):
    """Runs `python -m steps.s00` with these words to its end."""

    def run(*words, **env):
        return subprocess.run(
            [sys.executable, "-m", "steps.s00", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(request.config.rootpath), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )

    return run


def test_calc(call):
    """A calculation in one word or many, also with a sign in front."""
    assert call("calc", "2 + 3 * 4").stdout == "14\n"
    assert call("calc", "-(2 + 3)").stdout == "-5\n"
    assert call("calc", "2", "+", "3").stdout == "5\n"


def test_todo(call):
    """The list is kept in the folder where it was made."""
    assert call("todo", "add", "buy", "milk").stdout == "1. [ ] buy milk\n"
    assert call("todo", "done", "1").stdout == "1. [x] buy milk\n"
    assert call("todo", "list").stdout == "1. [x] buy milk\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["calc", "2 +"], "error: at column 4: expected a number, but the text ends"),
        (["calc", "2 $ 3"], "error: at column 3: '$' cannot be part of a calculation"),
        (["calc", "1/0"], "error: at column 2: nothing can be divided by zero"),
        (["todo", "done", "7"], "error: "),
        (["calc"], "the following arguments are required: text"),
        (["todo"], "the following arguments are required"),
        (["todo", "add"], "the following arguments are required: TEXT"),
        (["todo", "done", "1", "2"], "unrecognized arguments: 2"),
        (["tidy"], "invalid choice: 'tidy'"),
        ([], "keep a to-do list"),
    ],
)
def test_a_wrong_call(call, words, said):
    """A wrong call is refused in one sentence, with exit code 2."""
    done = call(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_an_empty_exercise(call):
    """An exercise that is still empty is named, with its file and line."""
    done = call("calc", "1", STEPS_OVERLAY='{"empty": ["0.1"]}')
    assert done.returncode == 1
    assert done.stderr.startswith("error: exercise 0.1 is not written yet (")
    assert "calc.py:" in done.stderr
