"""Every check is proved both ways, by running it.

With an exercise's stub empty, each of its own tests fails. With all answers in place, all tests
pass. And each classic mistake, planted into the answers, is caught by the test that its file names.

The ids hold step and exercise: `pytest tests/workbook/test_proof.py -k s02` proves a step, and
`-k 2.5` an exercise.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from workbook import catalogue, explaining, judging, running, standby
from workbook.overlay import ALL, Overlay
from workbook.page import Page

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
STEPS = catalogue.steps(ROOT)
EXERCISES = [exercise for step in STEPS for exercise in step.exercises]
MISTAKES = sorted(TESTS.glob("s[0-9][0-9]_*/mistakes/*.py"))

# The machine must not decide what is proved: a run that takes long is slow, not wrong.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def ready_processes() -> Iterator[None]:
    """Hundreds of short runs: to start Python and pytest for each would take most of the time."""
    with standby.Standby(ROOT).serving():
        yield


def prove(
    package: str,
    *,
    exercises: list[str] | None = None,
    names: list[str] | None = None,
    empty: str | None = None,
    plant: Path | None = None,
    options: Sequence[str] = (),
) -> list[running.Result]:
    overlay = Overlay(
        empty=frozenset([empty] if empty else []),
        reference=frozenset({ALL}),
        plant=(plant,) if plant else (),
    )
    done = running.run(
        ROOT,
        files(package, names),
        exercises=exercises,
        names=names,
        overlay=overlay,
        options=["--tb=short", "--seed=4711", *options],
    )
    assert not done.trouble, done.trouble
    return done.results


def files(package: str, names: list[str] | None) -> list[Path]:
    """Where tests of these names stand; None: the whole suite of the step."""
    if names is None:
        return [TESTS / package]
    modules = [
        path
        for path in sorted((TESTS / package).glob("test_*.py"))
        if re.search(rf"^ *(async )?def ({'|'.join(names)})\(", path.read_text("utf-8"), re.M)
    ]
    return [*modules, *(TESTS / package / "transcripts" / f"{name}.txt" for name in names)]


def outcomes(results: list[running.Result]) -> str:
    return "\n".join(f"{result.outcome}: {result.id}\n{result.text}" for result in results)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: f"{one.package}-{one.id}")
def test_an_empty_exercise_fails_each_of_its_tests(exercise: catalogue.Exercise) -> None:
    results = prove(exercise.package, exercises=[exercise.id], empty=exercise.id)
    assert results, f"no test is marked with exercise {exercise.id}"
    blind = [result for result in results if not failed(result)]
    assert not blind, "these do not fail without the exercise:\n" + outcomes(blind)


@pytest.mark.parametrize("step", STEPS, ids=lambda one: one.package)
def test_the_answers_pass(step: catalogue.Step) -> None:
    written = [exercise for exercise in step.exercises if not catalogue.is_empty(exercise)]
    # where nothing is written, the step's own suite is just that: its tests on the answers
    results = prove(step.package, options=[] if written else ["--collect-only"])
    known = {exercise.id for exercise in step.exercises}
    assert {result.exercise for result in results} - {None} == known
    bad = [result for result in results if written and not result.passed]
    assert not bad, outcomes(bad)


@pytest.mark.parametrize(
    "path", MISTAKES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_a_mistake_is_caught(path: Path) -> None:
    exercise = re.match(r"(\d+\.\d+)_\w+\.py", path.name)
    assert exercise, "a mistake is named like 2.5_one_recv_is_one_command.py"
    package = path.parent.parent.name
    test = caught_by(path)
    results = prove(package, exercises=[exercise[1]], names=[test], plant=path)
    assert results, f"exercise {exercise[1]} has no test {test} in {package}"
    assert any(failed(result) for result in results), f"{test} passes with the mistake"
    broken = [result for result in results if "OverlayError" in result.text]
    assert not broken, outcomes(broken)
    explained(catalogue.find(exercise[1], ROOT), results)


def explained(exercise: catalogue.Exercise, results: list[running.Result]) -> None:
    """The checker's own words: the exercise, this test's why, what was expected and what came."""
    verdict = judging.judge(exercise, running.Run(results))
    page = Page(io.StringIO())
    explaining.Explainer(page, ROOT).explain(verdict, whole=False)
    text = page.stream.getvalue()  # type: ignore[attr-defined]
    assert verdict.word in judging.WORDS.values(), text
    assert text.startswith(f"✗ {exercise.id}  {exercise.title}"), text
    words = " ".join(text.split())
    assert f" why {verdict.bad[0].why} " in words, text
    labels = set(re.findall(r"^  (\w+)", text, re.M))
    assert {"again", "next"} <= labels, text
    assert {"expected", "got"} <= labels or labels & {"found", "left"} or verdict.word == "hung", (
        text
    )
    assert max(map(len, text.splitlines())) <= 80, text


def test_there_are_enough_mistakes() -> None:
    assert len(MISTAKES) >= 60
    having = {path.parent.parent.name for path in MISTAKES}
    without = [step.package for step in STEPS if step.number > 0 and step.package not in having]
    assert not without


def failed(result: running.Result) -> bool:
    """Whether the test found something wrong; one that was skipped or not run did not."""
    return result.outcome in ("failed", "hung", "crashed")


def caught_by(path: Path) -> str:
    """The test that the docstring of a mistake names."""
    doc = ast.get_docstring(ast.parse(path.read_text("utf-8"), str(path)))
    assert doc, "a mistake says in its docstring what it is"
    named = re.findall(r"^Caught by: *(\S+)$", doc, re.MULTILINE)
    assert len(named) == 1, "its docstring has one line `Caught by: test_function_name`"
    return str(named[0]).removesuffix(".txt")
