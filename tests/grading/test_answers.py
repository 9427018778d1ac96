"""The answers earn their points: every test works through the proxy, too, where `code` is far away.

All of them together take minutes. So each run of the suite draws a few exercises by its seed;
`--answers 999` takes all.
"""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from tests.grading.classroom import ROOT, order
from workbook import catalogue, editing
from workbook.grading import job

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(1800)]


def answered(exercises):
    """The files of a submission that has the answers to these."""
    edits = editing.Edits(ROOT)
    for exercise in exercises:
        edits.solve(exercise)
    return {path.relative_to(ROOT).as_posix(): one.data for path, one in edits.sources.items()}


def test_the_answers_are_solved(request, seed):
    """No exercise is out of reach for a submission that has its answer."""
    every = list(catalogue.every(ROOT))
    count = min(request.config.option.answers, len(every))
    drawn = defaultdict(list)
    for exercise in random.Random(seed).sample(every, count):
        drawn[exercise.group].append(exercise)
    lost = {}
    for group, exercises in drawn.items():
        result = job.grade_one(order(answered(exercises), group, seed=seed))
        assert result["state"] == "graded", result["error"]
        wanted = {exercise.id for exercise in exercises}
        for one in result["exercises"]:
            if one["id"] in wanted and one["verdict"] != "solved":
                lost[one["id"]] = [
                    (row["test"], row["outcome"], row["facts"].get("got"))
                    for row in one["tests"]
                    if row["outcome"] != "passed"
                ]
    assert lost == {}
