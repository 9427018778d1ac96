"""Odd machines: names of folders, variables, closed streams, files that cannot be read or written."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.workbook.conftest import Mini
from workbook import bootstrap, machine

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.name == "nt", reason="its names, streams and modes are others"),
]

RIGHT_ADD = "return a + b"
RIGHT_ANSWER = 'return b"+" + data.upper().replace(b"I", b"O")'

# ---------------------------------------------------------------- folders


@pytest.mark.parametrize(
    "name",
    [b"a[b]", b"$HOME", b"a:b", b"a::b", b"x*?", b"~u %d {q}", b'it\'s "q"', b"caf\xe9", b"-o #"],
)
def test_a_check_in_a_folder_with_an_odd_name(tmp_path, name):
    odd = Mini(tmp_path / os.fsdecode(name))
    odd.learner(RIGHT_ADD, RIGHT_ANSWER)
    done = odd.checker("1", PYTHONIOENCODING="utf-8:replace")
    assert "2 of 2 solved." in done.stdout, done.stdout + done.stderr


def test_no_venv_can_be_made_where_a_colon_is_in_the_name(tmp_path):
    with pytest.raises(bootstrap.EnvironmentTrouble, match="Rename the folder"):
        bootstrap.make(tmp_path / "a:b" / ".venv")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- variables


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONSAFEPATH": "1"},
        {"PYTEST_PLUGINS": "not_there", "PYTEST_ADDOPTS": "--nonsense", "PYTEST_TIMEOUT": "0.001"},
        {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
        {"GIT_DIR": "/nowhere", "TMPDIR": "/nowhere", "HOME": "/nowhere"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=" ".join,
)
def test_a_check_with_odd_variables(mini, variables):
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    done = mini.checker("1", **variables)
    assert (done.returncode, "2 of 2 solved." in done.stdout) == (0, True), done.stderr


def test_asserts_are_there_in_what_is_checked(mini):
    """PYTHONOPTIMIZE would take them away, and with them all that an exercise of step 8 is."""
    mini.learner("try:\n    assert not a\nexcept AssertionError:\n    return a + b", RIGHT_ANSWER)
    assert mini.checker("1", PYTHONOPTIMIZE="2").returncode == 0


def test_what_says_where_things_are_is_left():
    given = {"PYTHONPATH": "x", "PIP_INDEX_URL": "x", "PATH": "x", "LANG": "x", "GIT_AUTHOR": "x"}
    odd = {"PYTHONINSPECT": "1", "PIP_TARGET": "x", "PIP_USER": "1", "PYTEST_PLUGINS": "x"}
    assert machine.usual({**given, **odd}) == given


def test_packages_go_into_the_environment(tmp_path, monkeypatch):
    """Wherever pip has been told to put them. One `.venv` is made, with all that, and then copied."""
    with zipfile.ZipFile(tmp_path / "tiny_one-1.0-py3-none-any.whl", "w") as wheel:
        info = "tiny_one-1.0.dist-info"
        wheel.writestr("tiny_one.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-one\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "tiny_one.py,,\n")
    settings = tmp_path / "pip.conf"
    settings.write_text("[install]\nuser = true\n")
    elsewhere = {
        "PIP_CONFIG_FILE": str(settings),
        "PIP_USER": "1",
        "PIP_TARGET": str(tmp_path / "t"),
    }
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    bootstrap.make(tmp_path / bootstrap.FOLDER)
    for name in elsewhere:
        monkeypatch.delenv(name)
    for name, value in elsewhere.items():
        root = tmp_path / name.lower()
        shutil.copytree(tmp_path / bootstrap.FOLDER, root / bootstrap.FOLDER, symlinks=True)
        with monkeypatch.context() as one:
            one.setenv("PIP_CONFIG_FILE", os.devnull)  # whoever runs this may have one
            one.setenv(name, value)
            python = bootstrap.ready_venv(root, ["tiny-one>=1"])
        subprocess.run([python, "-c", "import tiny_one"], check=True, cwd="/")


# ---------------------------------------------------------------- streams


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("call", ["checker.py 1", "checker.py undo"])
def test_closed_streams(mini, closed, call):
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" {call} {closed}', sys.executable],
        cwd=mini.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if "undo" in call else 0), done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize("call", ["solution 1.1", "solve 1.1"])
def test_a_question_with_nobody_to_ask(mini, call):
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" checker.py {call} <&-', sys.executable],
        cwd=mini.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == (2 if "solution" in call else 0)


# ---------------------------------------------------------------- files


@pytest.fixture
def bound():
    """`bound(function)`: for a child that must keep to the modes of files, as root need not."""

    def give_up_rights() -> None:
        if os.geteuid() == 0:
            for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
                ctypes.CDLL(None).prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP

    return give_up_rights


def checker(mini, bound, *words: str) -> subprocess.CompletedProcess[str]:
    """`python checker.py` under the modes of files."""
    return subprocess.run(
        [sys.executable, "checker.py", *words],
        cwd=mini.root,
        capture_output=True,
        text=True,
        preexec_fn=bound,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="root gives up its rights in Linux' way")
@pytest.mark.parametrize("kind", ["unreadable", "folder", "link"])
def test_a_file_that_cannot_be_read(mini, bound, kind):
    mini.learner(RIGHT_ADD)
    path = mini.root / "steps/s01_mini/numbers.py"
    if kind == "unreadable":
        path.chmod(0)
    else:
        path.unlink()
        path.mkdir() if kind == "folder" else path.symlink_to("nothing")
    said = {
        "unreadable": "numbers.py can't be read: Permission denied.",
        "folder": "numbers.py can't be read: Is a directory.",
        "link": "There is no file steps/s01_mini/numbers.py.",
    }[kind]
    done = checker(mini, bound)
    assert (done.returncode, done.stderr) == (0, "")
    done = checker(mini, bound, "1")
    assert (done.returncode, done.stderr) == (1, "")
    assert said in " ".join(done.stdout.split())
    for call in ("solve", "reset"):
        done = checker(mini, bound, call, "1.1")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Nothing was changed." in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr
    path.chmod(0o755) if kind != "link" else None


@pytest.mark.skipif(sys.platform != "linux", reason="root gives up its rights in Linux' way")
def test_a_step_that_cannot_be_entered(mini, bound):
    folder = mini.root / "steps/s01_mini"
    folder.chmod(0)
    done = checker(mini, bound)
    folder.chmod(0o755)
    assert done.returncode == 2
    assert done.stderr == (
        "steps/s01_mini/exercises.toml: Permission denied. Fix that and run this again.\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="root gives up its rights in Linux' way")
def test_a_checkout_that_is_read_only(mini, bound):
    """A check goes on; a hint that can't be noted says so, and where all of them are."""
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    for folder in [mini.root, *(path for path in mini.root.rglob("*") if path.is_dir())]:
        folder.chmod(0o555)
    assert checker(mini, bound, "1").returncode == 0
    done = checker(mini, bound, "hint", "1.1")
    assert ".progress.json can't be written, so hints are not counted." in done.stdout
    assert "next          python checker.py hint 1.1 --all" in done.stdout
    done = checker(mini, bound, "reset", "1.1")
    assert "Nothing was changed." in " ".join(done.stderr.split())
    for folder in [mini.root, *(path for path in mini.root.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)


# ---------------------------------------------------------------- pipes, and full disks


@pytest.mark.parametrize("words", [[], ["1.1"], ["reset", "1.1"]], ids=" ".join)
def test_a_named_pipe_in_place_of_a_file(mini, words):
    """Nobody waits for what a pipe may say: the checker names it, and the way back."""
    path = mini.root / "steps/s01_mini/numbers.py"
    path.unlink()
    os.mkfifo(path)
    done = mini.checker(*words)
    assert (done.returncode, done.stdout) == (2, "")
    said = " ".join(done.stderr.split())
    assert said.startswith("steps/s01_mini/numbers.py is a named pipe")
    assert "Remove it" in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has /dev/full")
@pytest.mark.parametrize(("to", "code"), [(">", 2), ("2>", 0)])
def test_a_full_disk(mini, to, code):
    """Where the output cannot be written, the checker says so, if it can, without a traceback."""
    call = f"exec '{sys.executable}' checker.py {to} /dev/full"
    done = subprocess.run(
        ["sh", "-c", call], cwd=mini.root, capture_output=True, text=True, check=False
    )
    said = "The output could not be written: No space left on device.\n" if code else ""
    assert (done.returncode, done.stderr) == (code, said)
