"""Every check is proved both ways, by running it.

With an exercise's stub empty, each of its own tests fails. With all answers in place, all tests
pass. Each classic mistake, planted into the answers, is caught by the test that it names. And of an
open task each accepted answer, `tests/sNN_*/accepted/<id>_<what_is_different>.py`, passes.

The ids hold step, exercise and mistake: `pytest tests/workbook/test_proof.py -k s02` proves a step,
`-k 2.5` an exercise, and `-k never_forgets` a mistake.
"""

from __future__ import annotations

import io
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from workbook import catalogue, explaining, judging, mistakes, patience, running, standby
from workbook.overlay import ALL, Overlay
from workbook.page import Page

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
STEPS = catalogue.steps(ROOT)
EXERCISES = [exercise for step in STEPS for exercise in step.every]
MISTAKES = mistakes.all_of(ROOT)
ACCEPTED = sorted(TESTS.glob("**/accepted/*.py"))

WAIT, HANG = 0.8, 3
"""Seconds that a test of something wrong waits, and may take: only what is right has to get its time."""

# The machine must not decide what is proved: a run that takes long is slow, not wrong.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[int, standby.Standby]]:
    """What is ready to run tests of a step: of the one whose turn it is."""
    kept: dict[int, standby.Standby] = {}
    yield kept
    for one in kept.values():
        one.end()


@pytest.fixture
def launch(request: pytest.FixtureRequest, ready: dict[int, standby.Standby]) -> running.Launch:
    """Hundreds of short runs: to start Python and pytest, and to import the steps below the one that
    is proved, for each of them would take most of the time.
    """
    (subject,) = request.node.callspec.params.values()
    number = step_of(subject)
    if number not in ready:
        while ready:
            ready.popitem()[1].end()
        answered = Overlay(reference=frozenset({ALL}))
        common = standby.Common.of_step(ROOT, number, answered)
        ready[number] = standby.Standby(ROOT, common=common)
    return ready[number].launch


def step_of(subject: object) -> int:
    """The number of the step that a test is about: of a step, an exercise, a mistake, or an answer."""
    match subject:
        case mistakes.Mistake():
            return subject.exercise.step
        case catalogue.Exercise():
            return subject.step
        case catalogue.Step():
            return subject.number
        case Path():
            return int(re.search(r"/s(\d\d)_", subject.as_posix())[1])


def prove(
    launch: running.Launch,
    folder: Path,
    *,
    exercises: list[str] | None = None,
    names: list[str] | None = None,
    empty: str | None = None,
    plant: Path | None = None,
    until_failed: bool = False,
    impatient: bool = False,
    options: Sequence[str] = (),
) -> list[running.Result]:
    overlay = Overlay(
        empty=frozenset([empty] if empty else []),
        reference=frozenset({ALL}),
        plant=(plant,) if plant else (),
    )
    stop = threading.Event()

    def observe(result: running.Result) -> None:
        if until_failed and failed(result):
            stop.set()

    done = running.run(
        ROOT,
        files(folder, exercises, names),
        exercises=exercises,
        names=names,
        overlay=overlay,
        options=["--tb=native", "--seed=4711", *options],
        observe=observe,
        stop=stop,
        launch=launch,
        environment={patience.WAIT_VARIABLE: str(WAIT)} if impatient else None,
        seconds=HANG if impatient else None,
    )
    assert not done.trouble, done.trouble
    return done.results


def files(folder: Path, exercises: list[str] | None, names: list[str] | None) -> list[Path]:
    """Where tests of these exercises and names stand; None of either: the whole suite of the folder."""
    if names is None:
        return [folder] if exercises is None else judging.files_of(folder, exercises)
    modules = [
        path
        for path in sorted(folder.glob("test_*.py"))
        if re.search(rf"^ *(async )?def ({'|'.join(names)})\(", path.read_text("utf-8"), re.M)
    ]
    return [*modules, *(folder / "transcripts" / f"{name}.txt" for name in names)]


def outcomes(results: list[running.Result]) -> str:
    return "\n".join(f"{result.outcome}: {result.id}\n{result.text}" for result in results)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: f"{one.package}-{one.id}")
def test_an_empty_exercise_fails_each_of_its_tests(
    exercise: catalogue.Exercise, launch: running.Launch
) -> None:
    results = prove(
        launch, exercise.tests, exercises=[exercise.id], empty=exercise.hole, impatient=True
    )
    assert results, f"no test is marked with exercise {exercise.id}"
    blind = [result for result in results if not failed(result)]
    assert not blind, "these do not fail without the exercise:\n" + outcomes(blind)


@pytest.mark.parametrize("step", STEPS, ids=lambda one: one.package)
def test_the_answers_pass(step: catalogue.Step, launch: running.Launch) -> None:
    written = [exercise for exercise in step.every if not catalogue.is_empty(exercise)]
    # where nothing is written, the step's own suite is just that: its tests on the answers
    results = prove(launch, TESTS / step.package, options=[] if written else ["--collect-only"])
    known = {exercise.id: exercise for exercise in step.every}
    assert {result.exercise for result in results} - {None} == known.keys()
    for id, one in known.items():  # each of its tests is found by who looks for it only
        found = {str(path.relative_to(ROOT)) for path in files(one.tests, [id], None)}
        assert {one.id.partition("::")[0] for one in results if one.exercise == id} <= found
    bad = [result for result in results if written and not result.passed]
    assert not bad, outcomes(bad)


def called(mistake: mistakes.Mistake) -> str:
    return f"{mistake.exercise.package}-{mistake.exercise.id}-{mistake.name}"


@pytest.mark.parametrize("mistake", MISTAKES, ids=called)
def test_a_mistake_is_caught(
    mistake: mistakes.Mistake, tmp_path: Path, launch: running.Launch
) -> None:
    exercise, test = mistake.exercise, mistake.caught_by
    wrong = mistakes.build(mistake, tmp_path / "mistakes")
    results = prove(
        launch,
        exercise.tests,
        exercises=[exercise.id],
        names=[test],
        plant=wrong,
        until_failed=True,
        impatient=True,
    )
    assert results, f"exercise {exercise.id} has no test {test} in {exercise.tests}"
    assert any(failed(result) for result in results), f"{test} passes with the mistake"
    broken = [one for one in results if re.search("OverlayError|fixture '.*' not found", one.text)]
    assert not broken, outcomes(broken)
    explained(exercise, results)


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
    having = {mistake.exercise.package for mistake in MISTAKES}
    without = [step.package for step in STEPS if step.number > 0 and step.package not in having]
    assert not without


def answers(path: Path) -> str:
    """The exercise, or the challenge, that an accepted answer is for."""
    return path.name.partition("_")[0]


@pytest.mark.parametrize(
    "accepted", ACCEPTED, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_an_accepted_answer_passes(accepted: Path, launch: running.Launch) -> None:
    folder, hole = accepted.parent.parent, answers(accepted)
    exercises = [one.id for one in EXERCISES if one.hole == hole and one.tests == folder]
    results = prove(launch, folder, exercises=exercises, plant=accepted)
    assert {one.exercise for one in results} == set(exercises) != set()
    bad = [result for result in results if not result.passed]
    assert not bad, "these refuse it:\n" + outcomes(bad)


def test_an_open_task_has_several_accepted_answers() -> None:
    """What is judged by what it does may look like anything."""
    counts = Counter(map(answers, ACCEPTED))
    few = {hole: count for hole, count in counts.items() if count < 3 and not hole.isalpha()}
    assert few == {}


def failed(result: running.Result) -> bool:
    """Whether the test found something wrong; one that was skipped or not run did not."""
    return result.outcome in ("failed", "hung", "crashed")
