"""Edits of the learner's text: what is put in, and that nothing around it moves."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from workbook import backups, catalogue, pristine, source, splice
from workbook.source import Source, SourceTrouble

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(120)


def text(raw: str) -> str:
    return textwrap.dedent(raw).lstrip("\n")


def answer(learner: str | bytes, answers: str, qualname: str, stub: str | None = None) -> bytes:
    data = learner.encode() if isinstance(learner, str) else learner
    model = Source(text(stub).encode(), "stub.py") if stub else None
    key = Source(text(answers).encode(), "answers.py")
    return source.answered(Source(data, "mine.py"), key, qualname, model).data


STUB = """
    # mine
    import socket


    class Outer:
        class Inner:
            @classmethod
            async def read(cls, size: int) -> bytes:
                \"\"\"Reads.

                    >>> more
                \"\"\"
                raise NotImplementedError("exercise 1.1")

        def other(self):  return   1   # as I like it
"""

ANSWER = """
    from steps.s01_mini import mine


    class Outer(mine.Outer):
        class Inner(mine.Outer.Inner):
            @classmethod
            async def read(cls, size: int) -> bytes:
                # the reason

                if size:
                    return b'''a
      b'''
                return b""
"""


def test_a_nested_async_class_method_is_written_in():
    done = answer(text(STUB), ANSWER, "Outer.Inner.read").decode()
    raise_line = '            raise NotImplementedError("exercise 1.1")\n'
    body = """\
            # the reason

            if size:
                return b'''a
      b'''
            return b""
"""
    assert done == text(STUB).replace(raise_line, body.replace("\n      b'''", "\n  b'''"))


def test_line_ends_tabs_and_encoding_stay():
    crlf = text(STUB).replace("    ", "\t").replace("\n", "\r\n").replace("# mine", "# é")
    before = ("# -*- coding: latin-1 -*-\r\n" + crlf).encode("latin-1")
    done = answer(before, ANSWER, "Outer.Inner.read")
    assert b"\n" not in done.replace(b"\r\n", b"")
    assert b"\r\n\t\t\tif size:\r\n\t\t\t\treturn b'''a\r\n" in done
    assert done.startswith(before[: before.index(b"raise")])
    assert done.endswith(before[before.index(b"\tdef other") :])
    ast.parse(done)


def test_a_byte_order_mark_and_a_missing_newline_stay():
    before = b'\xef\xbb\xbfdef f():\n    """F."""\n    raise NotImplementedError("exercise 1.1")'
    done = answer(before, "def f():\n    return 1\n", "f")
    assert done == b'\xef\xbb\xbfdef f():\n    """F."""\n    return 1\n'


def test_two_spaces_and_other_names_get_a_body_that_fits():
    mine = 'class A:\n  def f(self, a):\n    """F."""\n    pass\n'
    answers = "class A:\n    def f(self, a):\n        if a:\n            return 1\n"
    done = answer(mine, answers, "A.f").decode()
    assert done == ('class A:\n  def f(self, a):\n    """F."""\n    if a:\n      return 1\n')
    renamed = mine.replace("a)", "b)")
    assert "def f(self, a):\n" in answer(renamed, answers, "A.f").decode()


def test_a_function_on_one_line_and_comments_at_its_end_go():
    mine = "def f(): return 0\n\n\ndef g():\n    pass\n    # mine too\n\n\n# not g's\nx = 1\n"
    done = answer(mine, "def f():\n    return 1\n", "f").decode()
    assert done == mine.replace("def f(): return 0\n", "def f():\n    return 1\n")
    done = answer(mine, "def g():\n    return 1\n", "g").decode()
    assert done == mine.replace("    pass\n    # mine too\n", "    return 1\n")


def test_a_deleted_function_comes_back_behind_its_neighbour():
    stub = '''
        class A:
            def one(self):
                pass

            def two(self):
                """Two."""
                raise NotImplementedError("exercise 1.1")

            def three(self):
                pass
    '''
    mine = "class A:\n    def one(self):\n        pass\n\n    def three(self):\n        pass\n"
    answers = "class A:\n    def two(self):\n        return 2\n"
    done = answer(mine, answers, "A.two", stub).decode()
    assert done == text(stub).replace('raise NotImplementedError("exercise 1.1")', "return 2")
    with pytest.raises(SourceTrouble, match=r"mine.py has no class A, to which two belongs"):
        answer("x = 1\n", answers, "A.two", stub)


def test_a_name_that_the_encoding_lacks_changes_nothing():
    before = b"# -*- coding: ascii -*-\ndef f():\n    pass\n"
    with pytest.raises(SourceTrouble, match="which has no '€'"):
        answer(before, "def f():\n    return '€'\n", "f")


# ---------------------------------------------------------------- the commands


NUMBERS = "steps/s01_mini/numbers.py"


def test_solve_reset_undo(mini):
    path = mini.root / NUMBERS
    handed_out = path.read_bytes()
    git(mini.root)
    done = mini.checker("solve", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 exercises are solved; python checker.py undo" in done.stdout
    solved = path.read_bytes()
    assert b'"""The sum."""\n    # plus is what adds\n    return a + b\n' in solved
    assert mini.checker("1").returncode == 0
    assert mini.checker("reset", "all").returncode == 0
    assert path.read_bytes() == handed_out
    assert "nothing to change" in mini.checker("reset", "1.1").stdout
    assert "Undone: reset all." in mini.checker("undo").stdout
    assert path.read_bytes() == solved
    assert "Undone: solve 1." in mini.checker("undo").stdout
    assert path.read_bytes() == handed_out
    done = mini.checker("undo")
    assert (done.returncode, done.stdout[:26]) == (1, "There is nothing to undo: ")


def git(root: Path) -> None:
    """Makes a repository of it, with all of it committed."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed; the Debian package git brings it")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "it"]):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def test_reset_finds_the_docstring_that_was_deleted_in_an_old_commit(mini):
    handed_out = (mini.root / NUMBERS).read_text()
    git(mini.root)
    mini.write(NUMBERS, "def add(x, y): return x\n\n\ndef answer(data): return data\n")
    git(mini.root)  # which commits what the learner has made of it
    assert mini.checker("reset", "all").returncode == 0
    stubs = handed_out[handed_out.index("def add") :]
    assert (mini.root / NUMBERS).read_text() == stubs


@pytest.fixture
def unzipped(mini, monkeypatch):
    """A copy without git, as a zip file of the workbook gives it."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(mini.root.parent))
    pristine.write_copy(mini.root)
    return mini


@pytest.mark.parametrize("harm", ["missing", "empty", "half", "bytes", "slip"])
@pytest.mark.parametrize("call", ["1.1", "1", "all"])
def test_reset_without_git_has_a_copy_of_its_own(unzipped, harm, call):
    path = unzipped.root / NUMBERS
    handed_out = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        slip = handed_out.replace(b'raise NotImplementedError("exercise 1.1")', b"return (a +")
        broken = {"half": handed_out[:-4], "empty": b"", "bytes": b"\xff\0", "slip": slip}
        path.write_bytes(broken[harm])
    done = unzipped.checker("reset", call)
    assert (done.returncode, done.stderr) == (0, "")
    if harm == "empty" and call == "1.1":  # Python can read an empty file
        assert b'raise NotImplementedError("exercise 1.1")' in path.read_bytes()
    elif harm == "empty":
        assert path.read_bytes().count(b"raise NotImplementedError") == 2
    else:
        assert path.read_bytes() == handed_out
    assert (f"{NUMBERS} was missing, and has been restored." in done.stdout) == (harm == "missing")
    assert unzipped.checker("undo").returncode == 0
    assert path.exists() == (harm != "missing")


def test_reset_leaves_alone_what_is_right_in_a_file_with_a_slip(unzipped):
    unzipped.learner(add="return (a +", answer='return b"mine"')
    assert unzipped.checker("reset", "1.1").returncode == 0
    text = (unzipped.root / NUMBERS).read_text()
    assert 'return b"mine"' in text
    assert 'raise NotImplementedError("exercise 1.1")' in text


def test_reset_brings_back_given_files_too(unzipped):
    for name in ("steps/s01_mini/__init__.py", "steps/s01_mini/__main__.py"):
        (unzipped.root / name).unlink()
    done = unzipped.checker("reset", "1.2")
    assert "steps/s01_mini/__main__.py was missing, and has been restored." in done.stdout
    unzipped.learner("return a + b", 'return b"+" + data.upper().replace(b"I", b"O")')
    assert unzipped.checker("1").returncode == 0


def test_the_copy_is_of_what_is_handed_out():
    """If this fails after a change of the exercises: python -m workbook.pristine."""
    if not all(map(catalogue.is_empty, catalogue.exercises(ROOT))):
        pytest.skip("exercises are written here")
    assert pristine.Pristine(ROOT).copy == pristine.handed_out(ROOT)


def test_reset_of_what_nobody_knows_keeps_head_and_docstring(mini, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(mini.root.parent))
    mini.write(
        NUMBERS, 'def add(x, y):\n    """Mine."""\n    return x\n\n\ndef answer(d): return d\n'
    )
    done = mini.checker("reset", "all")
    assert "1.1: its original text could not be found" in done.stdout
    assert (mini.root / NUMBERS).read_text() == (
        'def add(x, y):\n    """Mine."""\n    raise NotImplementedError("exercise 1.1")\n\n\n'
        'def answer(d):\n    raise NotImplementedError("exercise 1.2")\n'
    )


def test_a_syntax_error_is_told_with_its_line_and_nothing_changes(mini):
    mini.learner(add="return a +")
    before = (mini.root / NUMBERS).read_bytes()
    for call in (["solve", "all"], ["reset", "1.2"]):
        done = mini.checker(*call)
        assert (done.returncode, done.stdout) == (2, "")
        said = " ".join(done.stderr.split())
        assert f"{NUMBERS}:8: invalid syntax. Nothing was changed." in said
    assert (mini.root / NUMBERS).read_bytes() == before
    assert not (mini.root / ".workbook/backups").exists()


def test_undo_asks_before_it_takes_back_later_work(mini):
    mini.checker("solve", "1.1")
    later = (mini.root / NUMBERS).read_text() + "# later\n"
    mini.write(NUMBERS, later)
    done = mini.checker("undo")
    assert done.returncode == 2
    assert "To go on without asking: python checker.py undo --yes" in " ".join(done.stderr.split())
    assert (mini.root / NUMBERS).read_text() == later
    assert mini.checker("undo", "--yes").returncode == 0
    assert "# later" not in (mini.root / NUMBERS).read_text()
    assert (mini.root / ".workbook/undone" / NUMBERS).read_text() == later


def test_backups_are_bounded(tmp_path):
    path = tmp_path / "f.py"
    for number in range(backups.KEPT + 5):
        backups.change(tmp_path, f"edit {number}", {path: b"%d" % number})
    assert len(backups.all_numbers(tmp_path)) == backups.KEPT
    newest = backups.newest(tmp_path)
    assert newest is not None
    assert newest.before[path] == b"%d" % (backups.KEPT + 3)


def test_a_write_that_fails_halfway_is_taken_back(tmp_path, monkeypatch):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    write = backups.write

    def fail(path: Path, data: bytes, safe: bool = False) -> None:
        if path == two and data == b"new":
            raise backups.BackupTrouble("the disk is full")
        write(path, data)

    monkeypatch.setattr(backups, "write", fail)
    with pytest.raises(backups.BackupTrouble):
        backups.change(tmp_path, "edit", {one: b"new", two: b"new"})
    assert (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    assert backups.newest(tmp_path) is None


def test_a_link_and_a_mode_stay(tmp_path):
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_bytes(b"1")
    real.chmod(0o640)
    link.symlink_to(real)
    backups.write(link, b"2")
    assert link.is_symlink()
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (b"2", 0o640)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["link.py", "real.py"]


def test_hints_come_one_by_one(mini):
    first, second, third = (mini.checker("hint", "1.1").stdout for _ in range(3))
    assert "hint 1 of 2   a plus" in first
    assert "python checker.py hint 1.1" in first
    assert "hint 2 of 2   a + b" in second
    assert "python checker.py solution 1.1" in second
    assert third == second
    everything = mini.checker("hint", "1.2", "--all").stdout
    assert "hint 1 of 2   bytes" in everything
    assert "hint 2 of 2   upper" in everything
    assert "hint 1 of 2" in mini.checker("hint", "1.2").stdout
    assert mini.checker("hint").returncode == 2


def test_a_solution_is_shown_after_a_yes(mini):
    done = mini.checker("solution", "1.1", "--yes")
    assert done.returncode == 0
    assert "def add(a: int, b: int) -> int:\n    # plus is what adds\n" in done.stdout
    done = mini.checker("solution", "1.1")
    assert (done.returncode, done.stdout) == (2, "")
    shutil.rmtree(mini.root / "solutions")
    done = mini.checker("solve", "1.1")
    assert done.returncode == 2
    assert "this copy has no folder solutions/" in done.stderr


# ---------------------------------------------------------------- for programs


def told(mini, code: int, *words: str):
    """What a call with --json says, which is one object and nothing besides."""
    done = mini.checker(*words, "--json")
    facts = json.loads(done.stdout)
    assert (done.returncode, facts["exit"]) == (code, code)
    return facts


ABOUT = {"id": "1.1", "title": "Add two numbers", "points": 1, "minutes": 5, "file": NUMBERS}


def test_hint_and_solution_as_json(mini):
    facts = told(mini, 0, "hint", "1.1")
    assert facts.items() >= {"view": "hint", **ABOUT, "line": 6, "of": 2}.items()
    assert facts["hints"] == [{"number": 1, "text": "a plus"}]
    assert facts["next"] == "python checker.py hint 1.1"
    facts = told(mini, 0, "hint", "1.1")
    assert facts["hints"] == [{"number": 2, "text": "a + b"}]
    assert facts["next"] == "python checker.py solution 1.1"
    assert len(told(mini, 0, "hint", "1.1", "--all")["hints"]) == 2
    facts = told(mini, 0, "solution", "1.1", "--yes")
    assert facts.items() >= {"view": "solution", **ABOUT}.items()
    assert facts["answer"] == {
        "file": "solutions/s01_mini/numbers.py",
        "line": 4,
        "code": "def add(a: int, b: int) -> int:\n    # plus is what adds\n    return a + b\n",
    }


def test_edits_as_json(mini):
    git(mini.root)
    facts = told(mini, 0, "solve", "1")
    assert facts == {
        "view": "solve",
        "exit": 0,
        "exercises": ["1.1", "1.2"],
        "changed": [NUMBERS],
        "guessed": [],
        "restored": [],
    }
    facts = told(mini, 0, "reset", "1.2")
    assert (facts["view"], facts["exercises"], facts["changed"]) == ("reset", ["1.2"], [NUMBERS])
    assert told(mini, 0, "reset", "1.2")["changed"] == []
    assert told(mini, 0, "undo") == {
        "view": "undo",
        "exit": 0,
        "undone": "reset 1.2",
        "changed": [NUMBERS],
        "kept": "",
    }
    mini.learner("return a - b")
    facts = told(mini, 2, "undo")  # it would ask
    assert facts["view"] == "error"
    assert "--yes" in facts["message"]
    facts = told(mini, 0, "undo", "--yes")
    assert facts["undone"] == "solve 1"
    kept = mini.root / facts["kept"]
    assert kept.is_dir()
    assert any(b"a - b" in path.read_bytes() for path in kept.rglob("numbers.py"))
    assert told(mini, 1, "undo")["undone"] == ""


def test_a_question_is_no_json(mini):
    facts = told(mini, 2, "solution", "1.1")
    assert facts["view"] == "error"
    assert "python checker.py solution 1.1 --json --yes" in facts["message"]
    assert told(mini, 2, "solve", "9.9")["view"] == "error"


# ---------------------------------------------------------------- the real steps


def test_all_steps_solved_and_emptied_are_what_they_were(tmp_path):
    copy_all(tmp_path)
    git(tmp_path)
    _run(tmp_path, "checker.py", "solve", "all")
    exercises = catalogue.exercises(tmp_path)
    assert [one.id for one in exercises if catalogue.is_empty(one)] == []
    for exercise in exercises:
        if exercise.whole:
            assert exercise.file.read_bytes() == exercise.answer.read_bytes(), exercise.id
            continue
        written = function(exercise.file, exercise.qualname)
        assert splice.docstring(written), exercise.id
        answer = function(exercise.answer, exercise.qualname)
        assert statements(written) == statements(answer), exercise.id  # which the suite runs
    if shutil.which("ruff") or _has("ruff"):
        _run(tmp_path, "-m", "ruff", "format", "--check", "-q", "steps")
    facts = json.loads(_run(tmp_path, "checker.py", "3", "--json"))
    assert (facts["exit"], facts["solved"]) == (0, len(facts["exercises"]))
    assert [one["id"] for one in facts["exercises"] if one["waiting"]] == []
    _run(tmp_path, "checker.py", "reset", "all")
    out = subprocess.run(
        ["git", "status", "--short"], cwd=tmp_path, capture_output=True, check=True
    )
    assert out.stdout == b""


def function(file: Path, qualname: str) -> splice.Function:
    """The function of this name in a file that Python can read."""
    found = splice.functions(ast.parse(file.read_bytes(), str(file)))
    return next(place.node for one, place in found.items() if one.qualname == qualname)


def statements(node: splice.Function) -> list[str]:
    """What a function does, without its docstring."""
    return [ast.dump(one) for one in node.body if one is not splice.docstring(node)]


def copy_all(target: Path) -> None:
    """A copy of all that learners have, without the suites of the machinery."""
    ignored = shutil.ignore_patterns("__pycache__", "workbook")
    for name in ("steps", "solutions", "tests"):
        shutil.copytree(ROOT / name, target / name, ignore=ignored)
    shutil.copytree(ROOT / "workbook", target / "workbook", ignore=ignored)
    for name in ("checker.py", "pyproject.toml", ".gitignore"):
        shutil.copy(ROOT / name, target / name)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _run(root: Path, *words: str) -> str:
    clean = {key: value for key, value in os.environ.items() if key != "STEPS_OVERLAY"}
    done = subprocess.run(
        [sys.executable, *words], cwd=root, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
