"""The explanations themselves, held as files: a change to a word of them is seen in review.

`golden/*.txt` is what the checker prints for one failure of each kind. After a change that is
meant, `pytest tests/workbook/test_explanations.py --rewrite-golden` rewrites them.
"""

from __future__ import annotations

import difflib
import io
import json
import re
from pathlib import Path

import pytest

from workbook import catalogue, evidence, explaining, judging
from workbook.page import Page
from workbook.running import Result

pytestmark = pytest.mark.timeout(120)

GOLDEN = Path(__file__).parent / "golden"

RIGHT_ADD = "return a + b"
RIGHT_ANSWER = 'return b"+" + data.upper().replace(b"I", b"O")'

MORE_TESTS = '''

@pytest.mark.exercise("1.2", why="TCP is a stream: the pieces are the whole.")
def test_pieces(code, cuts):
    """Pieces are answered like the whole."""
    for pieces in cuts(b"ping")[1:2]:
        assert b"".join(map(code.s01.answer, pieces)) == b"+PONG"


@pytest.mark.exercise("1.2", why="A server answers what it is asked.")
def test_over_the_wire(server):
    """A long line is answered whole."""
    client = server("s01").client()
    client.send(b"x" * 500 + b"i\\n")
    client.expect(b"+" + b"X" * 500 + b"O\\n")


@pytest.mark.exercise("1.2", why="Both clients are served.")
def test_seen_by_words(code):
    """What comes has a plus in it."""
    assert b"+" in code.s01.answer(b"a"), "an answer begins with a plus"
'''

SEED = ["--seed", "4711"]

CASES: dict[str, tuple[str, str, list[str]]] = {
    "map": (RIGHT_ADD, "", []),
    "solved": (RIGHT_ADD, RIGHT_ANSWER, ["1.1"]),
    "not_written": ("", "", ["1"]),
    "wrong_value": ("return a - b", RIGHT_ANSWER, ["1", *SEED]),
    "wrong_type": ("return str(a + b)", "", ["1.1"]),
    "printed": ("print('a is', a)\nreturn None", "", ["1.1"]),
    "raised": ("return a + c", "", ["1.1"]),
    "syntax": ("return a +", "", ["1.1"]),
    "wrong_bytes": (RIGHT_ADD, "return data", ["1.2", *SEED]),
    "one_byte": (
        RIGHT_ADD,
        'reply = b"+" + data.upper().replace(b"I", b"O")\nreturn reply.replace(b"XO", b"XI")',
        ["1.2", *SEED],
    ),
    "hung": ("while a:\n    b += 1", "", ["1.1"]),
    "hung_server": (RIGHT_ADD, "import threading\nthreading.Event().wait()", ["1.2", *SEED]),
    "crashed": ("import os\nos._exit(3)", "", ["1.1"]),
    "crashed_server": (RIGHT_ADD, "raise ValueError('no')", ["1.2", *SEED]),
    "left_behind": (
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\nreturn a + b",
        "",
        ["1.1"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_explanation(mini, request, name):
    add, answer, words = CASES[name]
    add_tests(mini)
    mini.learner(add, answer)
    seconds = "1" if name == "hung" else "4"
    done = mini.checker(*words, WORKBOOK_SECONDS=seconds, WORKBOOK_WAIT="2")
    compare(request, name, done.stdout)


def test_a_missing_exercise_below_is_named_and_not_blamed(mini, request):
    mini.write("solutions/s01_mini/numbers.py", "")
    mini.learner("", "return b'+' * add(1, 0) + data.upper().replace(b'I', b'O')")
    done = mini.checker("1.2", *SEED)
    compare(request, "needs_another", done.stdout)
    assert done.returncode == 1


NEEDING = '''

@pytest.mark.exercise("1.2", why="An answer is counted.")
def test_counted(code):
    """An answer is as long as it should be."""
    assert len(code.s01.answer(b"ab")) == code.s01.add(1, 2)
'''


@pytest.mark.parametrize(
    ("name", "answer"), [("waiting", RIGHT_ANSWER), ("wrong_and_waiting", "return data")]
)
def test_a_test_that_needs_a_missing_exercise_waits(mini, request, name, answer):
    mini.write("solutions/s01_mini/numbers.py", "")
    path = mini.root / "tests/s01_mini/test_numbers.py"
    path.write_text(path.read_text() + NEEDING)
    mini.learner("", answer)
    done = mini.checker("1.2", *SEED)
    compare(request, name, done.stdout)
    assert done.returncode == (0 if name == "waiting" else 1)


REFUSING = '''

@pytest.mark.exercise("1.1", why="A word is no number.")
def test_refused(code):
    """A word is refused."""
    word = "two"
    with pytest.raises(TypeError):
        code.s01.add(word, "three")
'''


def test_where_nothing_is_raised_the_call_is_shown(mini):
    path = mini.root / "tests/s01_mini/test_numbers.py"
    path.write_text(path.read_text() + REFUSING)
    mini.learner("return a + b", RIGHT_ANSWER)
    done = mini.checker("1.1")
    assert "called    code.s01.add('two', 'three')\n" in done.stdout
    assert "DID NOT RAISE" in done.stdout


def test_a_call_that_nobody_awaited_is_shown(mini):
    mini.learner("import asyncio\nasyncio.sleep(0)\nreturn a - b", RIGHT_ANSWER)
    done = mini.checker("1.1")
    found = re.findall(r"^  await     steps/s01_mini/numbers\.py:\d+: (.*)$", done.stdout, re.M)
    assert set(found) == {"asyncio.sleep(0)"}
    assert "`sleep` was called without `await`: nothing of it has run." in done.stdout


def test_the_same_as_json(mini):
    mini.learner("return a - b", RIGHT_ANSWER)
    done = mini.checker("1", "--json")
    facts = json.loads(done.stdout)
    assert (facts["view"], facts["exit"], facts["solved"], facts["of"]) == ("check", 1, 1, 2)
    wrong = facts["exercises"][0]
    assert {name: wrong[name] for name in ("id", "verdict", "file", "line", "next")} == {
        "id": "1.1",
        "verdict": "wrong",
        "file": "steps/s01_mini/numbers.py",
        "line": 6,
        "next": "python checker.py hint 1.1",
    }
    failure = wrong["failures"][0]
    assert failure["why"] == "Plus adds."
    assert failure["facts"]["expected"] == "3"
    assert failure["facts"]["got"] == "-1"
    assert json.loads(mini.checker("--json").stdout)["view"] == "map"
    error = mini.checker("9.9", "--json")
    assert json.loads(error.stdout)["view"] == "error"
    assert error.returncode == 2


@pytest.mark.parametrize("broken", ["_body", "where", "text_of", "_innermost"])
def test_what_cannot_be_explained_costs_the_explanation_only(monkeypatch, broken):
    def break_down(*arguments: object) -> None:
        raise SystemError("nobody knows why")

    monkeypatch.setattr(evidence, broken, break_down)
    collector = evidence.Collector(Path(__file__).resolve().parents[2])
    collector.comparison = evidence.Comparison("==", 1, 2)
    with pytest.raises(AssertionError) as caught:
        raise AssertionError("one is two")
    assert "one is two" in str(collector.facts(caught.value, caught.tb))


def test_of_a_group_of_exceptions_the_first_is_named_and_where_it_was_raised(mini):
    mini.learner("""
    def fail():
        raise ValueError(f"a is {a}")

    try:
        fail()
    except ValueError as error:
        raise ExceptionGroup("two tasks", [error, KeyError(b)]) from None
    """)
    said = mini.checker("1.1").stdout
    assert "ExceptionGroup: two tasks (2 sub-exceptions): ValueError: a is" in " ".join(
        said.split()
    )
    assert 'raise ValueError(f"a is {a}")' in " ".join(said.split())


def test_facts_that_nobody_understands_are_no_reason_to_end(mini):
    mini.learner(RIGHT_ADD)
    exercise = catalogue.find("1.1", mini.root)
    bad = Result("t", "1.1", "A test", "Because.", "failed", facts={"expected": 3, "got": [4]})
    page = Page(io.StringIO())
    explaining.Explainer(page, mini.root).explain(
        judging.Verdict(exercise, judging.WRONG, [bad]), whole=False
    )
    text = page.stream.getvalue()
    assert "why       Because." in text
    assert "The checker could not explain this any further: TypeError" in text


def test_values_that_are_no_python_are_left_as_names(mini):
    tests = mini.root / "tests/s01_mini/test_numbers.py"
    more = """

@pytest.mark.exercise("1.1", why="It adds.")
def test_of_things(code):
    \"\"\"A sum beside a list of objects.\"\"\"
    things = [object()]
    assert [code.s01.add(1, 2), things][0] == 3
"""
    tests.write_text(tests.read_text().replace("test_small", "test_tiny") + more)
    mini.learner("return a - b")
    output = mini.checker("1.1").stdout
    assert "called    [code.s01.add(1, 2), things][0]" in output


def test_a_skipped_test_says_why(mini):
    more = """

@pytest.mark.exercise("1.1", why="It adds.")
def test_skipped(code):
    \"\"\"It needs a program.\"\"\"
    pytest.skip("abacus is not installed; the package abacus brings it")
"""
    tests = mini.root / "tests/s01_mini/test_numbers.py"
    tests.write_text(tests.read_text() + more)
    mini.learner(RIGHT_ADD)
    done = mini.checker("1.1")
    assert done.returncode == 3
    assert "– 1.1  Add two numbers  (not checked)" in done.stdout
    assert "  skipped   abacus is not installed; the package abacus brings it\n" in done.stdout


def test_signs_are_plain_where_the_terminal_has_no_others(mini):
    mini.learner("return a - b")
    output = mini.checker("1.1", PYTHONIOENCODING="ascii").stdout
    assert output.isascii()
    assert "x 1.1  Add two numbers" in output
    assert mini.checker(PYTHONIOENCODING="cp437").returncode == 0


def test_colour_where_it_is_asked_for(mini):
    mini.learner("return a - b")
    assert "\x1b[" in mini.checker("1.1", FORCE_COLOR="1").stdout
    assert "\x1b[" not in mini.checker("1.1", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_long_values_break_between_items(capsys):
    page = Page()
    items = [b"item-%d" % number for number in range(20)]
    text = repr(items)
    explainer = explaining.Explainer(page, Path())
    explainer.block("got", text, text.index("item-19"), "differs")
    *rows, last, caret = capsys.readouterr().out.splitlines()
    assert [row[-1] for row in rows] == [","] * len(rows)
    assert "".join(row[12:] for row in [*(row + " " for row in rows), last]) == text
    assert last.index("item-19") == caret.index("^")


def test_of_a_crowd_of_threads_those_that_are_held_up_come_last():
    """Sixty that wait for work would hide the two of which each has what the other one wants."""
    root = Path(__file__).resolve().parents[2]

    def thread(*frames: str) -> str:
        paths = [frame.replace('" ', '", line ') for frame in frames]
        rows = [f'  File "{root}/steps/{path}\n' for path in paths]
        return "Thread 0x00007f (most recent call first):\n" + "".join(rows)

    idle = thread('s04_threads/pool.py" 1 in work', 's04_threads/pool.py" 2 in _run')
    stuck = thread('x.py" 3 in holding', 'x.py" 4 in execute', 'x.py" 5 in receive')
    main = thread('x.py" 6 in next_client', 'x.py" 7 in run', 'x.py" 8 in <module>')
    rows = evidence.Frames(root).of_dump("Fatal error\n\n" + idle * 60 + stuck * 2 + main)
    places = [row.partition(" in ")[2].partition(":")[0] or row for row in rows]
    assert places == [
        *("one thread:", "run", "next_client"),
        *("60 threads:", "_run", "work"),
        *("2 threads:", "execute", "holding"),
    ]


def add_tests(mini) -> None:
    path = mini.root / "tests/s01_mini/test_numbers.py"
    path.write_text(path.read_text() + MORE_TESTS)


def compare(request, name: str, text: str) -> None:
    """Compares with the golden file, or writes it."""
    path = GOLDEN / f"{name}.txt"
    text = re.sub(r"127\.0\.0\.1:\d+|localhost:\d+", "127.0.0.1:PORT", text)
    assert all(len(line) <= 80 for line in text.splitlines()), text
    if request.config.getoption("--rewrite-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.rstrip("\n") + "\n", "utf-8")
        return
    known = path.read_text("utf-8").splitlines() if path.exists() else []
    difference = difflib.unified_diff(
        known, text.rstrip("\n").splitlines(), "golden", "now", "", "", 2, ""
    )
    assert not (lines := list(difference)), "\n".join(lines)
