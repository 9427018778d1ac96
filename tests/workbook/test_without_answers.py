"""A learner without `solutions/` writes the exercises in order, and each is solved as soon as it is.

The answers are filled in one by one, and each is checked while everything after it is still empty:
it must come out as solved, at once, from tests that need nothing of what is to come. What other
tests of it wait for must really come later, and after its step nothing of it waits any more.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from workbook import catalogue, editing, judging
from workbook.judging import Verdict
from workbook.overlay import Overlay
from workbook.standby import Common, Standby

ROOT = Path(__file__).resolve().parents[2]
STEPS = catalogue.steps(ROOT)
FOLDERS = ("steps", "tests", "workbook")

pytestmark = pytest.mark.timeout(600)


def copy(target: Path) -> Path:
    """A copy of what a learner has who was given no answers, with every exercise empty."""
    ignored = shutil.ignore_patterns("accepted", "mistakes")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name, ignore=ignored)
    for name in ("checker.py", "pyproject.toml"):
        shutil.copy(ROOT / name, target / name)
    return target


def write(edits: editing.Edits, exercise: catalogue.Exercise, root: Path) -> catalogue.Exercise:
    """Writes the answer into the copy; the exercise as it is there."""
    edits.solve(exercise)
    path = root / exercise.file.relative_to(ROOT)
    path.write_bytes(edits.sources[exercise.file].data)
    return catalogue.find(exercise.id, root)


@pytest.mark.parametrize("step", STEPS, ids=lambda one: one.package)
def test_each_exercise_is_solved_when_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: catalogue.Step
) -> None:
    for name in list(os.environ):
        if name.startswith("STEPS_"):
            monkeypatch.delenv(name)
    root, edits = copy(tmp_path), editing.Edits(ROOT)
    for lower in STEPS:
        for exercise in lower.exercises if lower.number < step.number else ():
            write(edits, exercise, root)
    with Standby(root, common=Common.of_step(root, step.number, Overlay())) as standby:
        for exercise in step.exercises:
            written = [write(edits, exercise, root)]
            [verdict] = judging.judge_all(root, written, launch=standby.launch)
            assert verdict.word == judging.SOLVED, told(verdict)
            assert verdict.passed >= 2, told(verdict)
            later = [one.id for one in step.exercises if one.key > exercise.key]
            assert set(verdict.awaited) <= set(later), told(verdict)
    assert not verdict.waiting, told(verdict)


def told(verdict: Verdict) -> str:
    """A verdict in words, for who has to mend it."""
    rows = [f"{verdict.exercise.id} is {verdict.word}: {verdict.passed} passed. {verdict.trouble}"]
    for result in [*verdict.bad, *verdict.waiting]:
        waits = ", ".join(result.facts.get("unwritten", ()))
        rows.append(f"{result.outcome}: {result.id} (called: {waits})\n{result.text[-2000:]}")
    return "\n".join(rows)
