"""A class, from perfect to empty, made by a script: each score is known beforehand."""

from __future__ import annotations

import csv
import random

import pytest

from tests.grading import classroom
from tests.grading.classroom import put, written
from workbook import catalogue
from workbook.grading import reports, run
from workbook.grading.config import Config
from workbook.grading.run import Plan, Run

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(900)]

STUDENTS = 12
STEPS = (2,)
"""Enough for a class: all ten for each would take as long as all other tests together."""

ALONE = ("2.1", "2.2", "2.6")
"""Exercises whose tests need no other exercise, or not for long, and take no time."""

LIES = {"2.1": "return b'+OK\\r\\n'", "2.2": "return b'$3\\r\\nkey\\r\\n'"}
"""Answers that are right for one example, and for nothing else."""


def kinds():
    """For each student: an id, what is right, what is wrong. The dice are always the same."""
    chance = random.Random(12)
    yield "s00", [one.id for one in catalogue.exercises() if one.key[0] <= STEPS[-1]], []
    for number in range(1, STUDENTS):
        right = [id for id in ALONE if chance.random() < (STUDENTS - number) / STUDENTS]
        wrong = [id for id in right if chance.random() < 0.2]
        yield f"s{number:02}", [id for id in right if id not in wrong], wrong


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """The class, graded, with what each is to have."""
    top = tmp_path_factory.mktemp("school")
    wanted = {}
    for id, right, wrong in kinds():
        files = written(right, wrong=[one for one in wrong if one not in LIES])
        for exercise in wrong:
            if exercise in LIES:
                files = lying(files, exercise)
        put(top / "class" / id, files)
        counted = [one for one in right if catalogue.find(one).key[0] in STEPS]
        wanted[id] = {one: classroom.points([one]) for one in counted}
    summary = Run(Plan(source=top / "class", out=top / "out", steps=STEPS, jobs=2)).run()
    assert (len(summary.graded), summary.failed) == (STUDENTS, [])
    reports.write_reports(top / "out", Config(steps=STEPS))
    with (top / "out" / reports.GRADEBOOK).open(newline="", encoding="utf-8-sig") as file:
        book = list(csv.DictReader(file))
    return wanted, list(run.results(top / "out" / "results")), book


def lying(files, exercise):
    """The files with an exercise that knows one answer by heart."""
    found = catalogue.find(exercise)
    name = found.file.relative_to(classroom.ROOT).as_posix()
    whole = {**written([exercise]), **files} if name not in files else files
    data = whole[name]
    if b"exercise " + exercise.encode() in data:
        data = solved_too(data, found)
    return {**whole, name: classroom.spoiled(data, found.qualname, LIES[exercise])}


def solved_too(data, exercise):
    """A file in which one more stub is no longer one."""
    stub = f'raise NotImplementedError("exercise {exercise.id}")'.encode()
    return data.replace(stub, b"pass")


def test_each_score_is_exact(school):
    """The points of each are those of what is right, exercise by exercise."""
    wanted, results, _ = school
    possible = sum(one.points for one in catalogue.exercises() if one.key[0] in STEPS)
    for result in results:
        got = {one["id"]: one["points"] for one in result["exercises"] if one["points"]}
        assert got == wanted[result["id"]], result["id"]
        assert sum(one["possible"] for one in result["exercises"]) == possible
    totals = [sum(points.values()) for points in wanted.values()]
    assert totals[0] == possible
    assert totals[-1] < possible / 20
    assert len(set(totals)) > 5


def test_the_gradebook_is_exact(school):
    """A line each, with the sum of what is right."""
    wanted, results, book = school
    assert [line["id"] for line in book] == [result["id"] for result in results]
    for line in book:
        assert float(line["total"]) == sum(wanted[line["id"]].values()), line["id"]
        assert line["possible"] == book[0]["total"]


def test_every_result_has_every_test(school):
    """No row is missing in any, and what is not written was not run."""
    _, results, _ = school
    rows = [
        [(row["test"], one["id"]) for one in result["exercises"] for row in one["tests"]]
        for result in results
    ]
    assert all(one == rows[0] for one in rows)
    for result in results:
        for one in result["exercises"]:
            outcomes = {row["outcome"] for row in one["tests"]}
            if one["verdict"] == "solved":
                assert "passed" in outcomes
            if one["verdict"] == "not written yet":
                assert outcomes == {"not written"}


def test_each_has_a_seed_of_its_own(school):
    """What is random is random for each, and written down."""
    _, results, _ = school
    assert len({one["seed"] for one in results}) > STUDENTS / 2
