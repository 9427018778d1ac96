"""Every notebook, run from top to bottom: what comes out is what is stored in it.

Each runs in a kernel of its own, started by a pytest of its own with nbval: its cells belong
together, however the tests of the suite are spread over processes. It runs three times: in this
repository, as it is; in a copy in which every exercise is solved; and as a learner comes to it who has
no answers at hand, with the steps below solved and its own exercises empty.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbook import magics, notebooks
from workbook.catalogue import ROOT

SECONDS = 180
"""What a notebook may take, on a machine that does much else besides. Alone it needs a sixth."""

PYTEST = f"""\
import sys

sys.path.insert(0, {str(ROOT)!r})
from workbook import notebooks

nbformat, pytest = map(notebooks.library, ("nbformat", "pytest"))
read = nbformat.read  # nbval's way to read a notebook
nbformat.read = lambda *words, **named: notebooks.revealed(read(*words, **named))
sys.exit(pytest.main())
"""

LEARNER = f"""\
import json
import sys
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})
from workbook import notebooks

file = Path(sys.argv[1])
notebook = notebooks.read(file)
options = {{"timeout": 60, "kernel_name": notebooks.KERNEL["name"], "allow_errors": True}}
folder = {{"metadata": {{"path": str(file.parent)}}}}
notebooks.library("nbclient").NotebookClient(notebook, resources=folder, **options).execute()
outputs = [(cell.id, one) for cell in notebook.cells for one in cell.get("outputs", [])]
print(json.dumps([[at, *one.traceback] for at, one in outputs if one.output_type == "error"]))
"""
"""Runs all cells of a notebook, and prints what those say that fail."""

SENTENCES = (
    r"(`\w+` is made by a cell above, which did not get that far\.\n)?"
    r"(Exercise|Challenge) \S+ is not written yet \(\S+\)\."
    rf"(\n{re.escape(magics.WRITE_IT)})?"
)

FOLDERS = ("steps", "solutions", "tests", "workbook")
NOISE = shutil.ignore_patterns("__pycache__", ".*", "mistakes", "accepted", "bugs", "good")


def environment(folder: Path) -> dict[str, str]:
    """Without what belongs to this run of pytest, or to the program that started it."""
    foreign = ("PYTEST_", "COV_", "JUPYTER_", "IPYTHON", "STEPS_OVERLAY", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own = {name: str(folder / name.lower()) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
    return {**kept, **own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def validate(notebook: Path, folder: Path) -> None:
    """Runs it and compares, or fails with nbval's report."""
    command = [
        *(sys.executable, "-c", PYTEST, "-p", "nbval.plugin", "-p", "no:cacheprovider"),
        *("-c", os.devnull, "--rootdir", str(notebook.parent), "-q", "--color=no"),
        *("--nbval", "--nbval-current-env", "--nbval-cell-timeout=60", "-x", str(notebook)),
    ]
    with subprocess.Popen(
        command,
        cwd=notebook.parent,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            said, _ = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)  # its kernel ends when it sees that it is alone
            said, _ = child.communicate()
            pytest.fail(f"{notebook.name} was not through after {SECONDS} s\n{said}", pytrace=False)
    if child.returncode:
        pytest.fail(f"{notebook.name}\n{said}", pytrace=False)


@pytest.fixture(params=notebooks.files(ROOT), ids=lambda file: file.stem)
def notebook(request):
    return request.param


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Path:
    """A copy of the repository in which everything is solved, and nothing can stand in."""
    root = tmp_path_factory.mktemp("solved")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, root / name, ignore=NOISE)
    for name in ("checker.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    for what in ("all", "challenges"):
        done = subprocess.run(
            [sys.executable, "checker.py", "solve", what],
            cwd=root,
            env=environment(root),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(root / "solutions")
    (root / notebooks.FOLDER).mkdir()
    return root


def unmeasured(cells: list) -> list:
    """The cells that run, without those whose output varies and those that need one of these."""
    kept, missing = [], set()
    for cell in cells:
        if cell.cell_type == "code":
            made, needed = names_of(cell)
            if notebooks.varies(cell) or needed & missing:
                missing |= made
                continue
            missing -= made
        kept.append(cell)
    return kept


def names_of(cell) -> tuple[set[str], set[str]]:
    """The names that a cell makes, and those that it uses."""
    made, used = set(), set()
    for node in ast.walk(notebooks.python(cell)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                made.add(name)
            case ast.Name(id=name):
                used.add(name)
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                made.add(name)
            case ast.alias(name=name, asname=other):
                made.add(other or name.partition(".")[0])
    return made, used


@pytest.mark.timeout(SECONDS + 30)
def test_it_prints_what_is_stored_in_it(notebook, tmp_path):
    validate(notebook, tmp_path)


@pytest.mark.timeout(SECONDS + 90)
def test_it_prints_the_same_where_everything_is_solved(notebook, solved, tmp_path):
    """Each cell runs twice in a row here, as readers do: none uses up what it needs.

    Left out are the cells that check exercises, which the suite has done, and those that measure:
    what comes of them is not compared, and the other test has seen that they run.
    """
    content = notebooks.read(notebook)
    content.cells = [
        one
        for cell in unmeasured([one for one in content.cells if "\n%check" not in one.source])
        for one in ([cell, again(cell)] if cell.cell_type == "code" else [cell])
    ]
    file = solved / notebooks.FOLDER / notebook.name
    file.write_text(notebooks.written(content), "utf-8")
    validate(file, tmp_path)


@pytest.mark.timeout(SECONDS + 90)
def test_a_cell_says_in_a_sentence_which_exercise_it_is_waiting_for(notebook, solved, tmp_path):
    """Where nothing stands in for it. No reader sees a traceback of what they have not written."""
    root = tmp_path / "learner"
    shutil.copytree(solved, root, ignore=NOISE)
    for step in sorted((ROOT / "steps").glob("s[0-9][0-9]_*")):
        if notebook.stem[0].isdigit() and step.name[1:] >= notebook.stem:
            shutil.rmtree(root / "steps" / step.name)
            shutil.copytree(step, root / "steps" / step.name, ignore=NOISE)
        for challenge in step.glob(f"challenges/{notebook.stem}.py"):
            shutil.copy(challenge, root / challenge.relative_to(ROOT))
    content = notebooks.read(notebook)
    content.cells = unmeasured([one for one in content.cells if "\n%check" not in one.source])
    file = root / notebooks.FOLDER / notebook.name
    file.write_text(notebooks.written(content), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LEARNER, file],
        cwd=file.parent,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    failed = json.loads(done.stdout)
    assert failed, "a lesson without its exercises"
    assert [one for one in failed if not re.fullmatch(SENTENCES, one[1])] == []


def again(cell):
    """The same cell once more. What comes out again is compared where it answers a question."""
    second = copy.deepcopy(cell)
    second.id += "-again"
    if notebooks.EXPECTED not in cell.metadata:
        second.metadata = {"tags": [notebooks.VARIES]}
    return second
