"""Watching files: which exercise was edited, and that a save brings a verdict."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from workbook import watch

pytestmark = pytest.mark.timeout(120)

BEFORE = b"""\
import os


def one():
    return 1


class A:
    def two(self):
        return 2
"""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        (b"return 1", b"return 3", {"one"}),
        (b"return 2", b"return 3", {"A.two"}),
        (b"import os", b"import os\n# more", set()),
        (b"return 1", b"return 1 +", {"one"}),
        (b"return 2", b"return (", {"A.two"}),
        (b"def two", b"def three", {"A.two", "A.three"}),
        (b"import os", b"import", set()),
    ],
)
def test_what_was_edited(old, new, names):
    before = watch.state_of(BEFORE)
    after = watch.state_of(BEFORE.replace(old, new), before)
    assert watch.edited(before, after) == names


def test_a_mended_slip_is_an_edit():
    before = watch.state_of(BEFORE)
    broken = watch.state_of(BEFORE.replace(b"return 2", b"return ("), before)
    assert watch.edited(broken, before) == {"A.two"}


def test_a_file_that_is_emptied_first_is_edited_in_one_place():
    before = watch.state_of(BEFORE)
    empty = watch.state_of(b"", before)
    assert watch.edited(empty, watch.state_of(BEFORE.replace(b"2", b"3"), empty)) == {"A.two"}


def test_files_that_change_come_and_go(mini):
    files = watch.Files(mini.root)
    assert files.look() == set()
    mini.learner(add="return a + b")
    new = mini.write("steps/s01_mini/more.py", "def f(): pass\n")
    path = mini.root / "steps/s01_mini/numbers.py"
    assert files.look() == {path, new}
    assert files.read(path) == {"add"}
    assert files.read(new) == set()
    assert files.look() == set()
    new.unlink()
    assert files.look() == {new}


@pytest.fixture
def watching(mini) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "checker.py", "watch", "1"],
        cwd=mini.root,
        env={key: value for key, value in os.environ.items() if key != "STEPS_OVERLAY"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def read_to(process: subprocess.Popen[str], word: str) -> str:
    """All lines up to the one with the word in it."""
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if word in line:
            return text
    raise AssertionError(f"it ended with\n{text}")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process alone there")
def test_a_save_brings_a_verdict(mini, watching):
    assert "1.1" in read_to(watching, "Waiting for you to save 1.1.")
    mini.learner(answer="return data")
    text = read_to(watching, "Waiting for you to save 1.2.")
    assert "wrong" in text
    assert "expected  +PONG\\r\\n" in text
    mini.learner(add="return a +", answer="return data")
    text = read_to(watching, "Waiting for you to save 1.1.")
    assert "SyntaxError" in text or "invalid syntax" in text
    mini.learner(add="return a + b", answer="return data")
    text = read_to(watching, "Waiting for you to save 1.1.")
    assert text.index("1.1") < text.index("1.2")
    assert "expected  +PONG\\r\\n" in text  # what is wrong already is explained
    assert "solved" in text.splitlines()[0]
    assert "The rest: 0 of 1 that are written are solved." in text
    watching.send_signal(signal.SIGINT)
    assert watching.wait(30) == 0
