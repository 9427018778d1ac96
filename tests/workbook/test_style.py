"""What holds for every file: lint, types, names, and the marks of the tests."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from workbook import catalogue, running, splice, transcript

ROOT = Path(__file__).resolve().parents[2]
STEPS = catalogue.steps(ROOT)
EXERCISES = {exercise.id: exercise for exercise in catalogue.every(ROOT)}
PYTHON = sorted(
    path
    for folder in ("steps", "solutions", "workbook", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)


def called(path: Path) -> str:
    """The path as it is written in the repository, for ids and messages."""
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------- tools


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "tool",
    ["ruff check --no-cache", "ruff format --check --no-cache", "mypy --no-incremental"],
    ids=lambda tool: tool.partition(" -")[0],
)
def test_the_tools_find_nothing(tool, program):
    name, *arguments = tool.split()
    if subprocess.run([sys.executable, "-m", name, "--version"], capture_output=True).returncode:
        program(name, f"python3-{name}")
    folder = [] if name == "mypy" else ["."]
    done = subprocess.run(
        [sys.executable, "-m", name, *arguments, *folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def expanded(pattern: str) -> set[str]:
    """The paths that a pattern like `steps/s04_threads/{locks,pool}.py` stands for."""
    before, brace, rest = pattern.partition("{")
    inside, _, after = rest.partition("}")
    return {before + one + after for one in inside.split(",")} if brace else {pattern}


def test_imports_may_wait_only_in_files_with_holes():
    """Unused imports (F401) are forgiven in the files of the exercises, and in no others."""
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    patterns = [name for name, rules in ruff["per-file-ignores"].items() if "F401" in rules]
    listed = sorted(path for pattern in patterns for path in expanded(pattern))
    holes = {called(exercise.file) for exercise in EXERCISES.values() if not exercise.challenge}
    assert listed == sorted(holes)


# ---------------------------------------------------------------- names and folders

TOP = {
    *("steps", "solutions", "tests", "notebooks", "workbook"),
    *("checker.py", "README.md", "pyproject.toml", "LICENSE"),
}


def tracked(*options: str) -> list[str]:
    """The files that git knows, and those that it would take."""
    done = subprocess.run(
        ["git", "ls-files", "-z", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [name for name in done.stdout.split("\0") if name]


@pytest.fixture
def checkout(program) -> None:
    program("git", "git")
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the workbook is not a git checkout")


@pytest.mark.usefixtures("checkout")
def test_the_top_level_holds_what_it_should():
    top = {name.partition("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= TOP


@pytest.mark.usefixtures("checkout")
def test_no_file_is_both_tracked_and_ignored():
    assert tracked("--cached", "--ignored", "--exclude-standard") == []


@pytest.mark.usefixtures("checkout")
def test_names_suit_every_system():
    """No two names that only case tells apart; nothing that Windows cannot have."""
    names = tracked()
    assert len({name.lower() for name in names}) == len(names)
    assert [name for name in names if set(name) & set('<>:"|?*\\') or not name.isascii()] == []


@pytest.mark.usefixtures("checkout")
def test_text_files_end_in_one_newline_and_hold_no_carriage_returns():
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".py", ".toml", ".md", ".txt", ".diff", ".yml"} and path.is_file():
            data = path.read_bytes()
            assert b"\r" not in data, name
            assert not data or (data.endswith(b"\n") and not data.endswith(b"\n\n")), name


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in PYTHON
        if path.is_relative_to(ROOT / "solutions") and path.parent.name != catalogue.CHALLENGES
    ],
    ids=called,
)
def test_every_answer_says_why(path):
    text = path.read_text("utf-8")
    if path in {exercise.answer for exercise in EXERCISES.values() if exercise.whole}:
        assert "# " in text, "it says nowhere why it is so"
        return
    for key, place in splice.functions(ast.parse(text)).items():
        lines = text.splitlines()[place.node.lineno - 1 : place.node.end_lineno]
        assert any("# " in line for line in lines), f"{key.qualname} says nowhere why it is so"


# ---------------------------------------------------------------- tests


@pytest.fixture(scope="module")
def collected() -> list[running.Result]:
    """Every test of the steps, as pytest finds them."""
    folders = [ROOT / "tests" / step.package for step in STEPS]
    done = running.run(ROOT, folders, options=["--collect-only"])
    assert not done.trouble, done.trouble
    return done.results


def test_every_test_of_an_exercise_has_a_title_and_a_why(collected):
    tagged = [result for result in collected if result.exercise]
    assert tagged
    for result in tagged:
        assert result.exercise in EXERCISES, f"{result.id}: no exercise {result.exercise}"
        assert f"/{EXERCISES[result.exercise].package}/" in result.id, result.id
        assert 8 <= len(result.title) <= 100, f"{result.id}: its title is {result.title!r}"
        assert 20 <= len(result.why) <= 400, f"{result.id}: its why is {result.why!r}"


def test_every_exercise_has_a_test(collected):
    assert {result.exercise for result in collected} - {None} == set(EXERCISES)


@pytest.mark.parametrize(
    "path",
    [path for path in PYTHON if (ROOT / "tests") in path.parents and path.name != "conftest.py"],
    ids=called,
)
def test_tests_reach_the_steps_through_the_code_fixture(path):
    """A test that imports `steps` could not run against another process; one that sleeps flakes."""
    if {"workbook", "bugs", "good", "accepted", "lone_attacks.py"} & set(path.parts):
        return  # no tests of the steps, or what plays a submission
    for node in ast.walk(ast.parse(path.read_bytes())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.partition(".")[0] == "steps"], path
        if isinstance(node, ast.Call) and not path.is_relative_to(ROOT / "tests/faults"):
            assert ast.unparse(node.func) not in ("time.sleep", "sleep"), f"line {node.lineno}"


def test_every_transcript_says_where_it_comes_from():
    for path in sorted((ROOT / "tests").glob("**/transcripts/*.txt")):
        notes = [row for row in transcript.load(path).top if row.startswith("# recorded from ")]
        assert len(notes) == 1, called(path)
        assert notes[0].startswith("# recorded from redis-server 7."), called(path)
