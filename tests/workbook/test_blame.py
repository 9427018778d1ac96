"""A test that fails for a neighbour's mistake is held against the neighbour."""

from __future__ import annotations

import json
import shutil
import threading
from types import SimpleNamespace

import pytest

from workbook import catalogue, judging, running
from workbook.blame import Blame, Waiting, find_guilty

pytestmark = pytest.mark.timeout(120)

USES_ADD = """
if add(1, 1) != 2:
    return b"-ERR\\r\\n"
return b"+" + data.upper().replace(b"I", b"O")
"""
"""A right 1.2 that runs through 1.1."""


SOON = {"WORKBOOK_SECONDS": "3"}
"""For what goes on until time is up."""

ENDLESS = "import threading\nthreading.Event().wait()"
"""Such a body, which leaves the processor to others."""


def checked(mini, *words: str, **variables: str) -> dict[str, dict]:
    done = mini.checker(*words, "--json", **variables)
    return {one["id"]: one for one in json.loads(done.stdout)["exercises"]}


def test_the_wrong_one_is_wrong_and_the_right_one_solved(mini):
    mini.learner("return a - b", USES_ADD)
    found = checked(mini, "1")
    assert {id: one["verdict"] for id, one in found.items()} == {"1.1": "wrong", "1.2": "solved"}
    assert (found["1.2"]["failures"], found["1.2"]["blamed"]) == ([], "1.1")
    assert len(found["1.2"]["spoiled"]) == 1
    assert (found["1.1"]["spoiled"], found["1.1"]["blamed"]) == ([], "")
    text = mini.checker("1").stdout
    assert "1 of its 1 tests fails because of 1.1." in text
    assert "Next: python checker.py 1.1" in text


def test_a_mistake_that_only_a_neighbours_test_finds(mini):
    mini.learner("return 0 if a == b else a + b", USES_ADD)
    found = checked(mini, "1")
    assert {id: one["verdict"] for id, one in found.items()} == {"1.1": "wrong", "1.2": "solved"}
    assert [one["test"] for one in found["1.1"]["failures"]] == found["1.2"]["spoiled"]


def test_one_that_was_not_checked_is_named(mini):
    mini.learner("return a - b", USES_ADD)
    found = checked(mini, "1.2")
    assert (found["1.2"]["verdict"], found["1.2"]["blamed"]) == ("solved", "1.1")


def test_both_are_wrong(mini):
    mini.learner("return a - b", USES_ADD.replace("b'O'", "b'0'").replace('b"O"', 'b"0"'))
    found = checked(mini, "1")
    assert {one["verdict"] for one in found.values()} == {"wrong"}
    assert found["1.2"]["blamed"] == ""


THREE_TESTS = """\
import pytest

from steps.s01_mini.numbers import answer


@pytest.mark.exercise("1.2", why="It ends.")
@pytest.mark.parametrize("word", ["a", "b", "c"])
def test_a_word(code, word):
    \"\"\"A word is answered in capitals.\"\"\"
    assert answer(word.encode()) == b"+" + word.upper().encode()
"""


@pytest.mark.parametrize(
    ("letter", "verdict"), [("z", "solved"), ("c", "wrong")], ids=["right", "wrong"]
)
def test_what_was_left_out_after_two_crashes_is_run_after_all(mini, letter, verdict):
    mini.write("tests/s01_mini/test_three.py", THREE_TESTS)
    mini.learner(
        "import os\nos._exit(3)", f"if data == b'{letter}' and add(1, 1): return b''{USES_ADD}"
    )
    found = checked(mini, "1.2")["1.2"]
    assert (found["verdict"], found["blamed"]) == (verdict, "1.1")
    assert found["passed"] + len(found["failures"]) == 2  # the other two of four have crashed


@pytest.fixture
def alone(mini):
    """The repository without its answers."""
    shutil.rmtree(mini.root / "solutions")
    return mini


def test_without_answers_a_test_waits_for_the_wrong_one(alone):
    alone.learner("return a - b", USES_ADD)
    found = checked(alone, "1")
    assert (found["1.1"]["verdict"], found["1.1"]["awaited"]) == ("wrong", [])
    assert (found["1.2"]["verdict"], found["1.2"]["needs"]) == ("not checked", "1.1")
    text = alone.checker("1").stdout
    assert "Its tests need exercise 1.1, which is wrong." in text
    assert text.index("✗ 1.1  Add") < text.index("– 1.2  Answer")
    assert "Next: python checker.py 1.1" in text


def test_without_answers_one_that_was_not_checked_is_found(alone):
    alone.learner("return a - b", USES_ADD)
    found = checked(alone, "1.2")
    assert (found["1.2"]["verdict"], found["1.2"]["needs"]) == ("not checked", "1.1")
    assert "Next: python checker.py 1.1" in alone.checker("1.2").stdout


def test_without_answers_a_mistake_that_needs_no_neighbour_counts(alone):
    alone.learner("return a + b", USES_ADD.replace('b"O"', 'b"0"'))
    found = checked(alone, "1.2")
    assert (found["1.2"]["verdict"], found["1.2"]["awaited"]) == ("wrong", [])
    alone.learner("return a - b", 'return b"no"')
    found = checked(alone, "1")
    assert {one["verdict"] for one in found.values()} == {"wrong"}


def test_without_answers_what_has_not_changed_since_it_was_solved_is_not_wrong(alone):
    alone.learner("return a + b", USES_ADD)
    assert {one["verdict"] for one in checked(alone, "1").values()} == {"solved"}
    alone.learner("return 0 if a == b else a + b", USES_ADD)
    found = checked(alone, "1")
    assert (found["1.1"]["verdict"], found["1.2"]["awaited"]) == ("wrong", ["1.1"])
    assert [one["test"] for one in found["1.1"]["failures"]] == found["1.2"]["waiting"]


SLOW_TEST = """\
import pytest


@pytest.mark.exercise("1.2", why="It ends.")
def test_it_ends(code):
    \"\"\"An answer comes.\"\"\"
    from steps.s01_mini.numbers import answer

    assert answer(b"ping")
"""


def test_without_answers_a_hang_is_not_held_against_what_is_called_too_often(alone):
    alone.write("tests/s01_mini/test_slow.py", SLOW_TEST)
    alone.learner("return a + b + 0 * sum(range(300_000))", "while add(1, 1):\n    pass")
    found = checked(alone, "1", **SOON)
    assert (found["1.1"]["verdict"], found["1.1"]["failures"]) == ("solved", [])
    assert (found["1.2"]["verdict"], found["1.2"]["awaited"]) == ("hung", [])


def test_without_answers_a_hang_is_held_against_what_hangs(alone):
    alone.write("tests/s01_mini/test_slow.py", SLOW_TEST)
    alone.learner(ENDLESS, "return b'+' + bytes(add(1, 1))")
    found = checked(alone, "1", **SOON)
    assert (found["1.1"]["verdict"], found["1.2"]["awaited"]) == ("hung", ["1.1"])


def test_of_two_that_wait_for_each_other_the_one_that_fails_more_is_wrong():
    through = {"5.3": {"one": {"5.5"}}, "5.5": {"two": {"5.3"}, "three": {"5.3"}}}
    failing = {"5.3": 1 / 14, "5.5": 2 / 12}
    assert find_guilty(through, failing, set()) == {"5.5"}
    assert find_guilty(through, failing, {"5.5"}) == {"5.3"}  # what has not changed is not wrong
    assert find_guilty(through, {"5.3": 0.5, "5.5": 0.5}, set()) == {"5.3", "5.5"}
    alone = {**through, "5.3": {"one": set()}}
    assert find_guilty(alone, failing, set()) == {"5.3"}


class Reaching(Waiting):
    """As if each test came to these exercises, one after the other."""

    def __init__(self, ways):
        self.ways = ways
        self.blame = SimpleNamespace(stop=threading.Event())

    def through(self, verdict, wrong, doubtful):
        held = wrong | doubtful
        tests = self.ways[verdict.exercise.id].items()
        return {test: {*[id for id in way if id in held][:1]} for test, way in tests}


@pytest.mark.parametrize(
    ("ways", "guilty"),
    [
        (
            {
                "6.1": {"push": ["6.6", "6.2"]},
                "6.2": {"range": []},
                "6.6": {"type": ["6.1", "6.2"]},
            },
            {"6.2"},
        ),
        (
            {
                "5.2": {"names": ["5.5", "5.3"]},
                "5.3": {"left over": []},
                "5.5": {"made": ["5.2"], "runs": ["5.2", "5.3"]},
            },
            {"5.3", "5.5"},
        ),
    ],
)
def test_a_stub_that_a_test_meets_first_does_not_hide_a_wrong_one_after_it(ways, guilty):
    wrong = [SimpleNamespace(exercise=SimpleNamespace(id=id)) for id in ways]
    reaching = Reaching(ways)
    through = {one.exercise.id: reaching.through(one, {*ways}, set()) for one in wrong}
    reaching.look_past(wrong, through)
    assert find_guilty(through, dict.fromkeys(ways, 0.5), set()) == guilty


WITHOUT_ADD = """

@pytest.mark.exercise("1.2", why="Nothing is added to nothing.")
def test_nothing(code):
    assert code.s01.answer(b"") == b"+"
"""


def test_without_answers_a_test_that_had_to_wait_has_found_nothing_right(alone):
    tests = alone.root / "tests/s01_mini/test_numbers.py"
    tests.write_text(tests.read_text() + WITHOUT_ADD)
    wrong = 'if not data:\n    return b"+"\n' + USES_ADD.replace('b"O"', 'b"0"')
    alone.learner(answer=wrong)
    found = checked(alone, "1")
    assert (found["1.2"]["verdict"], found["1.2"]["awaited"]) == ("solved", ["1.1"])
    alone.learner("return a + b", wrong)
    found = checked(alone, "1")
    assert {id: one["verdict"] for id, one in found.items()} == {"1.1": "solved", "1.2": "wrong"}


def test_what_hangs_in_one_place_hangs_once(mini):
    mini.learner(ENDLESS, USES_ADD)
    found = checked(mini, "1", **SOON)
    assert {id: one["verdict"] for id, one in found.items()} == {
        "1.1": "hung",
        "1.2": "not checked",
    }
    hung = [test for one in found.values() for test in one["failures"] if test["outcome"] == "hung"]
    assert {test["facts"]["hangs"] for test in hung} == {"1.1"}
    assert found["1.2"]["needs"] == "1.1"


def test_what_could_not_be_checked_is_nobodys_fault(mini):
    mini.learner("return a - b", USES_ADD)
    exercise = catalogue.find("1.2", mini.root)
    left_out = running.Result("tests/s01_mini/test_it.py::test_it", "1.2", "", "", "not run")
    verdict = judging.Verdict(exercise, judging.NOT_CHECKED, bad=[left_out], trouble="no pytest")
    Blame(mini.root, [], threading.Event(), lambda *_: pytest.fail("was run")).settle([verdict])
    assert (verdict.word, verdict.bad) == (judging.NOT_CHECKED, [left_out])
