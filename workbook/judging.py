"""From results of tests to a verdict on each exercise.

A verdict needs positive evidence. Solved means that each of the exercise's own tests was seen to
pass; whatever keeps the checker from seeing that is "not checked", and never the learner's fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbook import catalogue, running
from workbook.catalogue import Exercise
from workbook.overlay import Overlay
from workbook.running import Result, Run

SOLVED = "solved"
NOT_WRITTEN = "not written yet"
WRONG = "wrong"
HUNG = "hung"
CRASHED = "crashed"
NOT_CHECKED = "not checked"

WORDS = {"failed": WRONG, "hung": HUNG, "crashed": CRASHED}
"""The verdict for the outcome of a test that found something."""


@dataclass
class Verdict:
    """What is known of one exercise, and the tests that say so."""

    exercise: Exercise
    word: str
    bad: list[Result] = field(default_factory=list)
    trouble: str = ""


def judge_all(
    root: Path,
    chosen: Sequence[Exercise],
    options: Sequence[str] = (),
    observe: Callable[[Result], None] = lambda result: None,
) -> list[Verdict]:
    """Runs the tests of what is written, and judges each exercise by its own.

    An exercise that is still empty needs no test. Elsewhere its answer stands in for it, so that it
    does not make the others look wrong.
    """
    written = [exercise for exercise in chosen if not catalogue.is_empty(exercise)]
    done = run_tests(root, written, options, observe) if written else Run()
    return [
        judge(exercise, done) if exercise in written else Verdict(exercise, NOT_WRITTEN)
        for exercise in chosen
    ]


def run_tests(
    root: Path,
    exercises: Sequence[Exercise],
    options: Sequence[str],
    observe: Callable[[Result], None],
) -> Run:
    """Runs the tests of these exercises, against what the learner wrote."""
    ids = [exercise.id for exercise in exercises]
    packages = dict.fromkeys(exercise.package for exercise in exercises)
    return running.run(
        root,
        [root / "tests" / package for package in packages],
        exercises=ids,
        # belt and braces: no answer can ever stand in for what is being checked
        overlay=Overlay(empty=frozenset(ids)),
        options=options,
        observe=observe,
    )


def judge(exercise: Exercise, done: Run) -> Verdict:
    """The verdict that the run supports."""
    own = done.of(exercise.id)
    bad = [result for result in own if not result.passed]
    found = [result for result in bad if result.outcome in WORDS]
    if found and all(_is_stub(result, exercise) for result in found):
        return Verdict(exercise, NOT_WRITTEN, found)
    if found:
        return Verdict(exercise, WORDS[found[0].outcome], found)
    if bad or done.trouble or not own:
        return Verdict(exercise, NOT_CHECKED, bad, done.trouble or ("" if own else NO_TESTS))
    return Verdict(exercise, SOLVED)


NO_TESTS = "No test of this exercise was found."


def _is_stub(result: Result, exercise: Exercise) -> bool:
    return f"NotImplementedError: exercise {exercise.id}\n" in result.text + "\n"
