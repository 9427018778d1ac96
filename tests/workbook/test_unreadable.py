"""A file that Python cannot read is the first thing that a check says, and the only one."""

from __future__ import annotations

import json
import shutil

import pytest

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["with answers", "without answers"])
def slipped(mini, request):
    """The repository in miniature, with and without `solutions/`."""
    if request.param == "without answers":
        shutil.rmtree(mini.root / "solutions")
    return mini


def checked(mini, *words: str) -> dict[str, dict]:
    done = mini.checker(*words, "--json")
    return {one["id"]: one for one in json.loads(done.stdout)["exercises"]}


@pytest.mark.parametrize(
    ("add", "answer", "wrong", "other"),
    [("return (a", "return data", "1.1", "1.2"), ("return a + b", "if data", "1.2", "1.1")],
)
def test_the_exercise_with_the_slip_is_wrong_and_the_others_wait(
    slipped, add, answer, wrong, other
):
    slipped.learner(add, answer)
    found = checked(slipped, "1")
    assert (found[wrong]["verdict"], found[wrong]["passed"]) == ("wrong", 0)
    assert (found[other]["verdict"], found[other]["needs"]) == ("not checked", wrong)
    said = slipped.checker("1").stdout
    assert said.count("SyntaxError") == 1
    assert f"Next: python checker.py {wrong}" in said


def test_one_that_was_not_asked_for_is_named(slipped):
    slipped.learner("return a + b", "if data")
    found = checked(slipped, "1.1")
    assert (found["1.1"]["verdict"], found["1.1"]["needs"]) == ("not checked", "1.2")
    said = slipped.checker("1.1").stdout
    assert "Python cannot read steps/s01_mini/numbers.py:" in said
    assert "Next: python checker.py 1.2" in said


def test_what_only_the_compiler_sees_counts_too(slipped):
    slipped.learner("return await a")
    [failure] = checked(slipped, "1.1")["1.1"]["failures"]
    assert failure["facts"]["got"] == "SyntaxError: 'await' outside async function"
    assert failure["facts"]["at"][0].endswith("return await a")
