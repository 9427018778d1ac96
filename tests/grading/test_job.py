"""One submission from its files to its verdicts: what is graded, and what no submission can do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.grading import classroom
from tests.grading.classroom import order, verdicts, written
from workbook.grading import confine, job

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(180)]

ENCODE = "steps/s02_resp/encode.py"
EXERCISES = ["2.1", "2.2", "2.3"]


def edited(line, exercise="2.2"):
    """A submission in which one function begins with another line."""
    files = written(EXERCISES)
    qualname = {"2.1": "encode_line", "2.2": "encode_bulk"}[exercise]
    return {**files, ENCODE: classroom.spoiled(files[ENCODE], qualname, line)}


def graded(files, *steps, **more):
    """The result of a submission."""
    result = job.grade_one(order(files, *(steps or (2,)), **more))
    assert (result["state"], result["error"]) == ("graded", "")
    return result


def rows_of(result, exercise):
    """The rows of an exercise's tests."""
    return next(one["tests"] for one in result["exercises"] if one["id"] == exercise)


@pytest.fixture(scope="module")
def mixed():
    """A submission with all kinds of verdicts."""
    files = written(["2.1", "2.3", "2.6"], wrong=["2.2"])
    return graded(files)


def test_verdicts_and_points(mixed):
    """What is right has its points, what is wrong or empty has none."""
    found = verdicts(mixed)
    assert [found[id] for id in ("2.1", "2.2", "2.6", "2.7")] == [
        *("solved", "wrong", "solved", "not written yet")
    ]
    rows = {one["id"]: (one["points"], one["possible"]) for one in mixed["exercises"]}
    assert rows["2.1"][0] == rows["2.1"][1] > 0
    assert rows["2.2"][0] == rows["2.7"][0] == 0
    assert mixed["confinement"] in confine.KINDS
    assert mixed["seed"] == 4711


def test_a_failure_is_explained(mixed):
    """A failed test says what was called, what was expected and what came, and where it stands."""
    row = next(one for one in rows_of(mixed, "2.2") if one["outcome"] == "failed")
    assert row["facts"]["called"] == "code.s02.encode(b'key')"
    assert row["facts"]["expected"] == "b'$3\\r\\nkey\\r\\n'"
    assert row["facts"]["got"] == "None"
    assert row["why"] != row["title"] != ""


def test_where_an_exception_was_raised():
    """An exception names the file and the line of the submission; what was printed is kept."""
    result = graded(edited("print('so far'); raise LookupError('lost')"))
    row = next(one for one in rows_of(result, "2.2") if one["outcome"] == "failed")
    assert row["facts"]["raised"] == "LookupError: lost"
    assert row["facts"]["at"][-1].startswith(f"{ENCODE}:")
    assert row["facts"]["at"][-1].endswith("raise LookupError('lost')")
    assert row["printed"] == "so far\n"


def test_one_row_for_each_test_that_is_expected():
    """A test that never ran has a row, and its exercise has not passed."""
    rows = [["tests/s02_resp/test_x.py::test_lost", "2.1", "A lost test.", "It is not there."]]
    result = graded(written(["2.1"]), expected=rows)
    lost = next(one for one in rows_of(result, "2.1") if one["test"] == rows[0][0])
    assert lost["outcome"] == "not run"
    assert verdicts(result)["2.1"] == "error"
    empty = graded({}, expected=rows)
    assert [one["outcome"] for one in rows_of(empty, "2.1")] == ["not written"]


def test_hidden_tests():
    """An instructor's own tests count like the others, and are marked."""
    text = (
        "import pytest\n"
        "@pytest.mark.exercise('2.1', why='secret')\n"
        "def test_mine(code, seed):\n"
        "    assert code.s02.encode(seed) == b':%d\\r\\n' % seed\n"
        "@pytest.mark.exercise('2.2', why='secret')\n"
        "def test_never(code):\n"
        "    assert code.s02.encode(b'hidden') == b'$6\\r\\nhidden\\r\\n'\n"
    )
    hidden = {"mine.py": text}
    rows = job.expected_hidden(classroom.ROOT, hidden)
    assert [row[:2] for row in rows] == [
        ["hidden/mine.py::test_mine", "2.1"],
        ["hidden/mine.py::test_never", "2.2"],
    ]
    result = graded(edited("if value == b'hidden': return b''"), hidden=hidden, expected=rows)
    assert {id: verdicts(result)[id] for id in ("2.1", "2.2")} == {"2.1": "solved", "2.2": "wrong"}
    assert [one["hidden"] for one in result["exercises"][:3]] == [1, 1, 0]
    assert [one["test"] for one in rows_of(result, "2.1") if one["hidden"]] == [rows[0][0]]
    with pytest.raises(ValueError, match="lacks @pytest"):
        job.expected_hidden(classroom.ROOT, {"mine.py": "def test_x():\n    pass\n"})
    with pytest.raises(ValueError, match="test_mine fails on the answers themselves"):
        job.expected_hidden(classroom.ROOT, {"mine.py": text.replace("b':%d", "b'+%d")})


def test_what_hangs_and_what_dies(monkeypatch):
    """A call that never returns, and one that exits with 0, cost their own exercise only."""
    monkeypatch.setenv("WORKBOOK_SECONDS", "4")
    files = edited("import os; os._exit(0)", "2.2")
    files[ENCODE] = classroom.spoiled(files[ENCODE], "encode_array", "while True: pass")
    result = graded(files)
    found = verdicts(result)
    bad = [one for one in rows_of(result, "2.1") if one["outcome"] != "passed"]
    assert bad == []
    assert {id: found[id] for id in EXERCISES} == {"2.1": "solved", "2.2": "crashed", "2.3": "hung"}
    hung = next(one for one in rows_of(result, "2.3") if one["outcome"] == "hung")
    assert hung["facts"]["stack"][-1].endswith("while True: pass")


def test_a_failure_in_the_name_of_another_exercise():
    """It counts: the answers to all others are there."""
    files = edited("if value != b'key': raise NotImplementedError('exercise 2.7')")
    assert verdicts(graded(files))["2.2"] == "wrong"


def test_the_trusted_process_never_imports_the_steps(tmp_path):
    """Neither the process that judges nor the one that tests has `steps` in its modules."""
    text = (
        "import sys, pytest\n"
        "@pytest.mark.exercise('2.1', why='x')\n"
        "def test_modules(code):\n"
        "    assert code.s02.encode(1) == b':1\\r\\n'\n"
        "    assert not [name for name in sys.modules if name.partition('.')[0] == 'steps']\n"
    )
    files = written(["2.1"])
    assert verdicts(graded(files, hidden={"mine.py": text}))["2.1"] == "solved"
    program = (
        "import json, sys\n"
        "from workbook.grading import job\n"
        "result = job.grade_one(json.load(sys.stdin))\n"
        "assert result['state'] == 'graded', result\n"
        "assert not [one for one in sys.modules if one.partition('.')[0] in ('steps', 'solutions')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(order(files, 2)),
        cwd=classroom.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_slip_that_python_cannot_read():
    """A file with a syntax error fails what is in it, with the line; a monster of a file, too."""
    files = written(EXERCISES)
    broken = {ENCODE: files[ENCODE] + b"\ndef (:\n"}
    result = graded(broken)
    assert {verdicts(result)[id] for id in EXERCISES} == {"wrong"}
    row = rows_of(result, "2.1")[0]
    assert row["facts"]["at"][0].startswith(f"{ENCODE}:")
    deep = {ENCODE: files[ENCODE] + b"\nx = " + b"(" * 9000 + b")" * 9000 + b"\n"}
    assert set(verdicts(graded(deep)).values()) <= {"wrong", "crashed", "not written yet"}


def test_a_check_of_step_8():
    """The learner's check is judged by what the planted bugs say; to object always gains nothing."""
    files = written(["8.1"])
    name = "steps/s08_testing/unit_tests.py"
    always = {name: classroom.spoiled(files[name], "check_store", "assert False")}
    assert verdicts(graded(always, 8))["8.1"] == "wrong"
    forged = (
        'import os; print(\'verdict {"outcome": "objected", "text": ""}\', flush=True); os._exit(0)'
    )
    liar = {name: classroom.spoiled(files[name], "check_store", forged)}
    assert verdicts(graded(liar, 8))["8.1"] != "solved"


def test_nothing_is_left(tmp_path, monkeypatch):
    """No file and no process stays behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(job.tempfile, "tempdir", None)
    graded(written(["2.2"]))
    assert list(tmp_path.iterdir()) == []
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _about(path, tmp_path)]
    assert left == []


def _about(path, folder):
    try:
        return os.fsencode(folder) in path.read_bytes()
    except OSError:
        return False


def test_an_open_one_is_judged_the_same():
    """Where submissions cannot be sealed, the verdicts are the same, and the result names the kind."""
    files = written(["0.4", "2.1"], wrong=["2.2"])
    found = graded(files, 0, 2, kind=asdict(confine.Kind("open")))
    assert found["confinement"] == "open"
    assert {id: verdicts(found)[id] for id in ("0.4", "2.1", "2.2", "2.3")} == {
        "0.4": "solved",
        "2.1": "solved",
        "2.2": "wrong",
        "2.3": "not written yet",
    }
