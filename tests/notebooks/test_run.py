"""Every notebook, run from top to bottom: what comes out is what is stored in it.

Each runs in a kernel of its own, and is one test: its cells belong together, however the tests of the
suite are spread over processes. It runs three times: in this repository, as it is; in a copy in which
every exercise is solved; and as a learner comes to it who has no answers at hand, with the steps below
solved and its own exercises empty. In the first two nbval compares, as in `pytest --nbval`.
"""

from __future__ import annotations

import ast
import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbook import magics, notebooks, wire
from workbook.catalogue import ROOT

SECONDS = 180
"""What a notebook may take, on a machine that does much else besides. Alone it needs a sixth."""

OPTIONS = {
    "nbval_lax": False,
    "nbval_current_env": True,
    "nbval_kernel_startup_timeout": 60,
    "nbval_cell_timeout": 60,
    "nbval_sanitize_with": None,
    "nbdime": False,
    "color": "no",
}
"""Those of `pytest --nbval`."""

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


@pytest.fixture(autouse=True)
def kernels(monkeypatch, tmp_path):
    """Starts kernels as `workbook.warm` starts servers: in forks of a process that is ready."""
    provisioner = notebooks.library("jupyter_client.provisioning").LocalProvisioner
    start = provisioner.launch_kernel

    async def launch(self, command, *, cwd, env, **more):
        env = environment(tmp_path)
        fork = wire.warm.start(command, cwd, env)
        if fork is None:
            return await start(self, command, cwd=cwd, env=env, **more)
        self.process, self.pid, self.pgid = fork, fork.pid, fork.pid
        return self.connection_info

    monkeypatch.setattr(provisioner, "launch_kernel", launch)


@pytest.fixture
def validate(request, monkeypatch):
    """Runs a notebook and compares, as `pytest --nbval` does, or fails with nbval's report."""
    plugin = notebooks.library("nbval.plugin")
    for name, value in OPTIONS.items():
        monkeypatch.setattr(request.config.option, name, value, raising=False)

    def run(file: Path) -> None:
        __tracebackhide__ = True
        content = notebooks.revealed(notebooks.read(file))
        lesson = plugin.IPyNbFile.from_parent(request.session, path=file)
        with monkeypatch.context() as patch:
            patch.setattr(plugin.nbformat, "read", lambda *_, **__: content)
            cells = [*lesson.collect()]
        try:
            lesson.setup()
            for cell in cells:
                try:
                    cell.runtest()
                except Exception:
                    report = cell.repr_failure(pytest.ExceptionInfo.from_current())
                    raise pytest.fail.Exception(f"{file.name}\n{report}", pytrace=False) from None
        finally:
            lesson.teardown()

    return run


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


@pytest.fixture(scope="module")
def learner(solved) -> Path:
    """Another copy, in which each test writes over all files of the steps."""
    return shutil.copytree(solved, solved.with_name("learner"), ignore=NOISE)


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


@pytest.mark.timeout(SECONDS)
def test_it_prints_what_is_stored_in_it(notebook, validate):
    validate(notebook)


@pytest.mark.timeout(SECONDS + 60)
def test_it_prints_the_same_where_everything_is_solved(notebook, solved, validate):
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
    validate(file)


@pytest.mark.timeout(SECONDS + 60)
def test_a_cell_says_in_a_sentence_which_exercise_it_is_waiting_for(notebook, solved, learner):
    """Where nothing stands in for it. No reader sees a traceback of what they have not written."""
    for step in (ROOT / "steps").glob("s[0-9][0-9]_*"):
        own = notebook.stem[0].isdigit() and step.name[1:] >= notebook.stem
        shutil.copytree(
            step if own else solved / "steps" / step.name,
            learner / "steps" / step.name,
            ignore=NOISE,
            dirs_exist_ok=True,
        )
        for challenge in step.glob(f"challenges/{notebook.stem}.py"):
            shutil.copy(challenge, learner / challenge.relative_to(ROOT))
    content = notebooks.read(notebook)
    content.cells = unmeasured([one for one in content.cells if "\n%check" not in one.source])
    notebooks.run(content, learner / notebooks.FOLDER, timeout=60, allow_errors=True)
    outputs = [one for cell in content.cells for one in cell.get("outputs", [])]
    failed = [one.traceback for one in outputs if one.output_type == "error"]
    assert failed, "a lesson without its exercises"
    assert [one for one in failed if not re.fullmatch(SENTENCES, one[0])] == []


def again(cell):
    """The same cell once more. What comes out again is compared where it answers a question."""
    second = copy.deepcopy(cell)
    second.id += "-again"
    if notebooks.EXPECTED not in cell.metadata:
        second.metadata = {"tags": [notebooks.VARIES]}
    return second
