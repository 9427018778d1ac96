"""Makes results as a run writes them, without a run: for what is made of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbook import catalogue, judging
from workbook.catalogue import Exercise

ROOT = Path(__file__).resolve().parents[2]

EVERY = [one for one in catalogue.exercises(ROOT) if one.key[0] > 0]

WHY = "TCP is a stream: one recv may hold half a command, or three. Keep what is left for the next."


@lru_cache(maxsize=1)
def lines() -> Mapping[str, int]:
    """Where the functions stand."""
    return {one.id: catalogue.position(one).line for one in EVERY}


def check(exercise: Exercise, outcome: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """One test of a result."""
    facts: dict[str, Any] = {}
    if outcome == "failed":
        facts = {
            "test": f"tests/{exercise.package}/test_{exercise.file.stem}.py:{40 + number}",
            "called": "parser.feed(b'*1\\r\\n$4\\r\\nPI')",
            "expected": "[[b'PING']]",
            "got": "[]",
            "mark": 1,
            "differs": "item 0 is missing",
        }
    if outcome == "hung":
        facts = {"stack": [f"{exercise.file.relative_to(ROOT).as_posix()}:71 in feed: while True:"]}
    row = {
        "test": f"tests/{exercise.package}/test_{exercise.file.stem}.py::test_{number}",
        "title": f"{exercise.title}, looked at from side {number}.",
        "why": f"{exercise.title}: {WHY}",
        "outcome": outcome,
        "seconds": 0.125,
        "limit": "",
        "facts": facts,
        "printed": "",
        "server": "",
        "hidden": False,
    }
    return {**row, **more}


OUTCOMES = {
    judging.SOLVED: "passed",
    judging.NOT_WRITTEN: "not written",
    judging.WRONG: "failed",
    judging.HUNG: "hung",
    judging.CRASHED: "crashed",
    judging.NOT_CHECKED: "not run",
    "error": "not run",
}


def row(exercise: Exercise, verdict: str, **more: Any) -> dict[str, Any]:
    """One exercise of a result."""
    solved = verdict == judging.SOLVED
    facts = {
        "id": exercise.id,
        "title": exercise.title,
        "step": exercise.key[0],
        "points": exercise.points if solved else 0,
        "possible": exercise.points,
        "verdict": verdict,
        "missing": "",
        "trouble": "",
        "file": exercise.file.relative_to(ROOT).as_posix(),
        "line": lines()[exercise.id],
        "hidden": 0,
        "tests": [check(exercise, OUTCOMES[verdict], number) for number in (1, 2)],
    }
    return {**facts, **more}


def result(id: str, verdicts: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """The result of one submission; what is not said is solved."""
    found = verdicts or {}
    facts = {
        "format": 1,
        "id": id,
        "state": "graded",
        "error": "",
        "refused": [],
        "confinement": "sealed",
        "groups": [],
        "seed": 4711,
        "submitted": None,
        "graded": "2027-02-02T08:00:00+00:00",
        "seconds": 12.3,
        "tests": "",
        "content": "",
        "steps": list(range(1, 11)),
        "limits": [],
        "exercises": [row(one, found.get(one.id, judging.SOLVED)) for one in EVERY],
    }
    return {**facts, **more}


def put(out: Path, results: Iterable[Mapping[str, Any]]) -> Path:
    """Writes results where a run writes them."""
    folder = out / "results"
    folder.mkdir(parents=True, exist_ok=True)
    for facts in results:
        (folder / f"{facts['id']}.json").write_text(json.dumps(facts), "utf-8")
    return out


NAMES = ("Ada", "Barbara", "Chidi", "Dorothy", "Edsger", "Frances", "Grace", "Hedy", "Ines", "John")


def some_class(count: int, seed: int = 1) -> Iterable[dict[str, Any]]:
    """A class from perfect to empty, as classes are: most get far, some get stuck."""
    chance = random.Random(seed)
    weak = {one.id: chance.random() ** 2 * 0.5 for one in EVERY}
    for number in range(count):
        skill = 1 - number / max(count - 1, 1)
        reach = int(len(EVERY) * min(1.0, 0.15 + 1.1 * skill)) if number < count - 1 else 0
        verdicts = {}
        for at, one in enumerate(EVERY):
            if at >= reach:
                verdicts[one.id] = judging.NOT_WRITTEN
            elif chance.random() < weak[one.id] * (1.4 - skill) and number:
                words = (judging.WRONG, judging.WRONG, judging.WRONG, judging.HUNG, judging.CRASHED)
                verdicts[one.id] = chance.choice(words)
        yield result(f"{NAMES[number % 10].lower()}{number:03}", verdicts)
