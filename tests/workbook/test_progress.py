"""What the checker notes: no more than was checked, as it stood then."""

from __future__ import annotations

import json

import pytest

from workbook import catalogue, pristine
from workbook.progress import FILE, Progress

pytestmark = pytest.mark.timeout(120)

RIGHT_ADD = "return a + b"


def states(mini) -> dict[str, str]:
    progress = Progress(mini.root)
    return {one.id: progress.state(one) for one in catalogue.exercises(mini.root)}


def noted(mini, verdict: str = "solved") -> Progress:
    progress = Progress(mini.root)
    progress.note({catalogue.find("1.1", mini.root): verdict})
    return progress


def test_a_check_is_noted(mini):
    mini.learner(RIGHT_ADD, "return data")
    mini.checker("1")
    assert states(mini) == {"1.1": "solved", "1.2": "wrong"}
    facts = json.loads((mini.root / FILE).read_text("utf-8"))
    assert set(facts) == {"about", "exercises"}
    assert facts["exercises"]["1.1"]["verdict"] == "solved"


def test_a_change_takes_the_claim_back(mini):
    mini.learner(RIGHT_ADD)
    noted(mini)
    assert states(mini) == {"1.1": "solved", "1.2": "empty"}
    mini.learner("return b + a")
    assert states(mini)["1.1"] == "written"
    mini.learner(RIGHT_ADD)
    assert states(mini)["1.1"] == "solved"


def rewrite(mini, old: str, new: str) -> None:
    """Another text in the learner's file."""
    path = mini.root / "steps/s01_mini/numbers.py"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_comments_and_layout_are_no_change_in_it_or_around_it(mini):
    mini.learner(RIGHT_ADD, "return data")
    Progress(mini.root).note(dict.fromkeys(catalogue.exercises(mini.root), "solved"))
    mini.learner(
        "# the sum\n" + RIGHT_ADD.replace("a + b", "(a  +  b)"), "return data  # all of it"
    )
    rewrite(mini, "\n\nfrom __", "\n# what it needs\n\n\nfrom __")
    assert states(mini) == {"1.1": "solved", "1.2": "solved"}


def test_what_a_learner_adds_changes_no_verdict(mini):
    pristine.write_copy(mini.root)
    mini.learner(RIGHT_ADD)
    noted(mini)
    rewrite(mini, "annotations\n", "annotations\n\nimport math\n")
    path = mini.root / "steps/s01_mini/numbers.py"
    path.write_text(
        path.read_text() + "\n\nHALF = 0.5\n\n\ndef helper():\n    return math.pi * HALF\n"
    )
    mini.write("steps/s01_mini/own.py", "ANSWER = 42\n")
    assert states(mini)["1.1"] == "solved"


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("new", ["return x * 3", "return x *"])
def test_a_change_of_what_is_given_makes_it_stale(mini, copied, new):
    mini.write("steps/s01_mini/given.py", "def double(x):\n    return x * 2\n")
    if copied:
        pristine.write_copy(mini.root)
    mini.learner(RIGHT_ADD)
    noted(mini)
    mini.write("steps/s01_mini/given.py", f"def double(x):\n    {new}\n")
    assert states(mini)["1.1"] == "stale"
    mini.write("steps/s01_mini/given.py", "def double(x):\n    return (x * 2)\n")
    assert states(mini)["1.1"] == "solved"
    (mini.root / "steps/s01_mini/given.py").unlink()
    assert states(mini)["1.1"] == "stale"


def test_an_exercise_beside_it_matters_until_it_is_right(mini):
    mini.learner(RIGHT_ADD)
    noted(mini)
    mini.learner(RIGHT_ADD, "return data")
    assert states(mini) == {"1.1": "stale", "1.2": "written"}
    assert "0 of 2 exercises solved, 1 to check again, 0 of 3 points" in mini.checker().stdout
    second = catalogue.find("1.2", mini.root)
    Progress(mini.root).note({second: "wrong"})
    assert states(mini) == {"1.1": "stale", "1.2": "wrong"}
    Progress(mini.root).note({second: "solved"})
    assert states(mini) == {"1.1": "solved", "1.2": "solved"}
    told = mini.checker().stdout
    assert "2 of 2 exercises solved, 3 of 3 points.\n" in told
    assert "left" not in told
    mini.learner(RIGHT_ADD)
    assert states(mini) == {"1.1": "solved", "1.2": "empty"}  # its answer stands in again


def test_what_was_wrong_beside_it_at_the_time_is_no_change(mini):
    mini.learner(RIGHT_ADD, "return data")
    mini.checker("1")
    assert states(mini) == {"1.1": "solved", "1.2": "wrong"}
    mini.learner(RIGHT_ADD, "return data + data")
    assert states(mini) == {"1.1": "stale", "1.2": "written"}


def test_ids_and_keys_that_are_not_known_are_kept(mini):
    mini.learner(RIGHT_ADD)
    kept = {"exercises": {"77.7": {"verdict": "solved"}, "1.1": {"hints": 2}}, "mine": [1]}
    (mini.root / FILE).write_text(json.dumps(kept))
    noted(mini)
    facts = json.loads((mini.root / FILE).read_text("utf-8"))
    assert facts["exercises"]["77.7"] == {"verdict": "solved"}
    assert facts["exercises"]["1.1"]["hints"] == 2
    assert facts["mine"] == [1]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"exercises": 3}', "\0"])
def test_a_broken_file_is_put_aside(mini, text):
    mini.learner(RIGHT_ADD)
    (mini.root / FILE).write_text(text)
    assert states(mini)["1.1"] == "written"
    assert (mini.root / f"{FILE}.broken").read_text() == text
    noted(mini)
    assert states(mini)["1.1"] == "solved"


@pytest.mark.parametrize("entry", [3, {"verdict": 7, "code": []}, {}])
def test_an_odd_entry_claims_nothing(mini, entry):
    mini.learner(RIGHT_ADD)
    (mini.root / FILE).write_text(json.dumps({"exercises": {"1.1": entry}}))
    assert states(mini)["1.1"] == "written"


WAITING = """

@pytest.mark.exercise("1.2", why="It is counted.")
def test_counted(code):
    \"\"\"An answer is as long as it should be.\"\"\"
    try:
        length = code.s01.add(1, 2)
    except NotImplementedError:
        length = 0  # swallowed: nothing in the failure tells of it
    assert len(code.s01.answer(b"ab")) == length
"""


def test_what_had_to_wait_is_no_claim_and_is_checked_again(mini):
    answers = mini.root / "solutions/s01_mini/numbers.py"
    answer = answers.read_text("utf-8")
    answers.unlink()
    tests = mini.root / "tests/s01_mini/test_numbers.py"
    tests.write_text(tests.read_text() + WAITING)
    right = 'return b"+" + data.upper().replace(b"I", b"O")'
    mini.learner("", right)
    facts = json.loads(mini.checker("1.2", "--json").stdout)
    [found] = facts["exercises"]
    assert (found["verdict"], found["passed"], found["awaited"]) == ("solved", 1, ["1.1"])
    assert found["waiting"] == ["tests/s01_mini/test_numbers.py::test_counted"]
    assert states(mini) == {"1.1": "empty", "1.2": "waiting"}
    told = mini.checker().stdout
    assert "0 of 2 exercises solved, 0 of 3 points; about 5 minutes left." in told
    assert "◕ solved as far as it goes" in told
    answers.write_text(answer, "utf-8")  # what it waited for is answered now: no line has changed
    assert states(mini)["1.2"] == "stale"
    answers.unlink()
    mini.learner(RIGHT_ADD, right)
    assert states(mini) == {"1.1": "written", "1.2": "stale"}
    assert mini.checker("1").returncode == 0
    assert states(mini) == {"1.1": "solved", "1.2": "solved"}


def test_what_waits_is_no_excuse(mini):
    (mini.root / "solutions/s01_mini/numbers.py").unlink()
    tests = mini.root / "tests/s01_mini/test_numbers.py"
    tests.write_text(tests.read_text() + WAITING)
    mini.learner("", "return data")
    [found] = json.loads(mini.checker("1.2", "--json").stdout)["exercises"]
    assert (found["verdict"], found["awaited"]) == ("wrong", ["1.1"])
    assert [one["title"] for one in found["failures"]] == ["Each ping has its pong"]
    assert states(mini)["1.2"] == "wrong"


def test_nothing_seen_is_nothing_solved(mini):
    (mini.root / "solutions/s01_mini/numbers.py").unlink()
    (mini.root / "tests/s01_mini/transcripts/ping.txt").unlink()
    tests = mini.root / "tests/s01_mini/test_numbers.py"
    tests.write_text(tests.read_text() + WAITING)
    mini.learner("", "return data")
    done = mini.checker("1.2", "--json")
    [found] = json.loads(done.stdout)["exercises"]
    assert (found["verdict"], found["needs"], found["passed"]) == ("not checked", "1.1", 0)
    assert done.returncode == 1
    assert states(mini)["1.2"] == "written"


def second_step(mini) -> None:
    """A step 2 on top, whose one exercise calls `add`."""
    manifest = (mini.root / "steps/s01_mini/exercises.toml").read_text()
    head, first, _ = manifest.split("[[exercise]]\n")
    manifest = f"{head}[[exercise]]\n{first}".replace("1.1", "2.1").replace("add", "twice")
    mini.write("steps/s02_more/exercises.toml", manifest)
    mini.write("steps/s02_more/__init__.py", "from steps.s02_more.numbers import twice\n")
    text = "from steps.s01_mini.numbers import add\n\n\ndef twice(a):\n    return add(a, a)\n"
    mini.write("steps/s02_more/numbers.py", text)
    test = 'import pytest\n\n\n@pytest.mark.exercise("2.1", why="It is.")\ndef test_twice(code):\n'
    test += '    """Twice two is four."""\n    assert code.s02.twice(2) == 4\n'
    mini.write("tests/s02_more/test_numbers.py", test)


def test_what_is_wrong_below_is_said_and_can_be_left_out(mini):
    second_step(mini)
    mini.learner("return a - b")
    done = mini.checker("2.1")
    assert done.returncode == 1
    assert "Below: 1.1 is not checked in its present form: python checker.py 1.1\n" in done.stdout
    assert "python checker.py 2.1 --reference-below" in done.stdout
    mini.checker("1")
    assert "Below: 1.1 is wrong: python checker.py 1.1\n" in mini.checker("2.1").stdout
    done = mini.checker("2.1", "--reference-below")
    assert done.returncode == 0
    assert "nothing is recorded" in done.stdout
    notes = json.loads((mini.root / FILE).read_text("utf-8"))
    assert notes["exercises"]["2.1"]["verdict"] == "wrong"  # of the first check


def test_what_is_not_written_below_is_no_trouble(mini):
    second_step(mini)
    done = mini.checker("2.1")
    assert done.returncode == 0
    assert "Below" not in done.stdout
    assert states(mini)["2.1"] == "solved"
    mini.learner(RIGHT_ADD)  # now the server runs the learner's: what was checked has changed
    assert states(mini)["2.1"] == "stale"
