"""The classic mistakes: how their files are read, and what is made of them."""

from __future__ import annotations

import ast
import builtins
import itertools
import symtable
from pathlib import Path

import pytest

from workbook import catalogue, mistakes, splice
from workbook.mistakes import MistakeError

ROOT = Path(__file__).resolve().parents[2]
WITH_MISTAKES = [one for one in catalogue.every(ROOT) if mistakes.of(one)]

ANSWER = '''\
"""Answers."""

from __future__ import annotations

import os


class Box(dict):
    def put(self, key, value):
        # First what was there,
        old = self.get(key)  # or nothing;

        # then the new value.
        self[key] = value
        self.count += 1
        if old is None:
            self.count += 1
        return old

    def take(self):
        return os.name


def other():
    return 1
'''
MANIFEST = """\
title = "T"
idea = "i"
tool = "t"
rust = "r"

[[exercise]]
id = "1.1"
title = "Put"
function = "box.py:Box.put"
points = 1
minutes = 1
hints = ["a", "b"]
"""
WRONG = """\
from __future__ import annotations

import os


class Box(dict):
    def put(self, key, value):
"""


@pytest.fixture
def write(tmp_path: Path):
    """Writes a file of mistakes into a repository of one exercise; that exercise."""

    def write(text: str, name: str = "1.1.diff") -> catalogue.Exercise:
        for path, content in (
            ("steps/s01_box/exercises.toml", MANIFEST),
            ("solutions/s01_box/box.py", ANSWER),
            (f"tests/s01_box/mistakes/{name}", text),
        ):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content, "utf-8")
        return catalogue.find("1.1", tmp_path)

    return write


def head(name: str = "wrong") -> str:
    return f"@@ {name} @@\nIs wrong.\nCaught by: test_it\n"


def body(exercise: catalogue.Exercise) -> str:
    """The body of the function that is built of the only mistake of an exercise."""
    [mistake] = mistakes.of(exercise)
    path = mistakes.build(mistake, exercise.root / "built")
    assert path.name == f"{exercise.id}_{mistake.name}.py"
    [(key, place)] = splice.functions(ast.parse(path.read_text("utf-8"))).items()
    assert key.qualname == exercise.qualname
    return "\n".join(ast.unparse(node) for node in place.node.body)


# ---------------------------------------------------------------- files


def test_a_mistake_has_a_name_a_sentence_and_a_test(write):
    text = "\n@@ one @@\nIt is\nwrong.\nCaught by: test_it\n\n+ return 1\n\n" + head() + "+ pass\n"
    one, two = mistakes.of(write(text))
    assert (one.name, one.says, one.caught_by, one.line) == ("one", "It is wrong.", "test_it", 2)
    assert (two.name, two.says, two.caught_by, two.line) == ("wrong", "Is wrong.", "test_it", 9)


def test_an_exercise_without_a_file_has_no_mistakes(write):
    exercise = write("", name="notes.txt")
    assert mistakes.of(exercise) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It is wrong.\n" + head(), "1.1.diff:1: begin with a heading: @@ name_of_the_mistake @@"),
        ("@@ two words @@\n", "1.1.diff:1: write the heading like this: @@ name_of_the_mistake @@"),
        ("@@ wrong @@\nCaught by: t\n", "1.1.diff:1: explain wrong in a sentence below its name."),
        ("@@ wrong @@\nIs.\n", "1.1.diff:1: wrong needs one line `Caught by: test_function_name`."),
        (head() + "Caught by: t\n", "1.1.diff:1: wrong needs one line `Caught by: "),
        (head() + "+ pass\n" + head() + "+ pass\n", "1.1.diff:5: wrong is in line 1, too: rename"),
        (head() + "-x\n", "1.1.diff:4: begin the line with '- ', '+ ' or two blanks: -x"),
        (head() + "  return old\n", "1.1.diff:5: this changes nothing: add lines that begin with"),
        (head() + "+ pass\n...\n", "1.1.diff:6: this changes nothing: add lines that begin with"),
        (head(), "1.1.diff:4: this changes nothing: add lines that begin with - or +."),
    ],
)
def test_a_file_that_cannot_be_read(write, text, said):
    with pytest.raises(MistakeError) as caught:
        mistakes.of(write(text))
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["1.2.diff", "1.1.txt", "1.1_wrong.py"])
def test_a_file_that_belongs_to_no_exercise(write, name):
    exercise = write("", name)
    with pytest.raises(MistakeError, match=r"belongs to no exercise of its step: name it like"):
        mistakes.all_of(exercise.root)


# ---------------------------------------------------------------- edits


@pytest.mark.parametrize(
    ("edit", "becomes"),
    [
        ("- old = self.get(key)\n+ old = self[key]\n", {"old = self.get(key)": "old = self[key]"}),
        ("- return old\n", {"\nreturn old": ""}),
        ("  self[key] = value\n- self.count += 1\n", {"value\nself.count += 1": "value"}),
        ("  self[key] = value\n+ return 0\n", {"= value\n": "= value\nreturn 0\n"}),
        (
            "- self[key] = value\n...\n+ self[key] = value\n  return old\n",
            {"self[key] = value\n": "", "return old": "self[key] = value\nreturn old"},
        ),
        (
            "  old = self.get(key)\n- self[key] = value\n+ \n+ self[key] = old # as it was\n",
            {"self[key] = value": "self[key] = old"},
        ),
    ],
)
def test_an_edit(write, edit, becomes):
    right = body(write(head() + "- return old\n+ return (old)\n"))
    for old, new in becomes.items():
        assert right.count(old) == 1
        right = right.replace(old, new)
    assert body(write(head() + edit)) == right


def test_a_whole_body(write):
    assert body(write(head() + "+ for _ in self:\n+     pass\n")) == "for _ in self:\n    pass"


def test_the_imports_of_the_answer_stay_and_other_answers_go(write):
    [mistake] = mistakes.of(write(head() + "+ return 1\n"))
    path = mistakes.build(mistake, mistake.exercise.root / "built")
    text = path.read_text("utf-8")
    rows = [row for row in text.splitlines() if row]
    assert rows == ['"""Answers."""', *filter(None, WRONG.splitlines()), "        return 1"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("- old = 1\n", "1.1.diff:4: {} has no line `old = 1`: copy the lines from there."),
        ("- return old\n- self[key] = value\n", "1.1.diff:4: {} has no such lines together: copy"),
        (
            "- self[key] = value\n...\n-     self.count += 1\n- self.count += 1\n",
            "1.1.diff:6: {} has no such lines together: copy the lines from there.",
        ),
        ("- return old\n...\n+ pass\n", "1.1.diff:6: say where this goes in: add a line of the"),
        (
            "- return old\n...\n- self[key] = value\n",
            "1.1.diff:6: give the places in the answer's order, none over another.",
        ),
        ("- return old\n+ return (\n", "1.1.diff:1: wrong is not Python: '(' was never closed"),
    ],
)
def test_an_edit_that_does_not_fit(write, edit, said):
    exercise = write(head() + edit)
    with pytest.raises(MistakeError) as caught:
        body(exercise)
    assert said.format(exercise.answer) in str(caught.value)


def test_an_edit_that_fits_twice(write):
    answer = ANSWER.replace("self.count += 1\n        if", "self[key] = value\n        if")
    exercise = write(head() + "- self[key] = value\n")
    exercise.answer.write_text(answer, "utf-8")
    with pytest.raises(MistakeError, match=r":4: .*box.py has this 2 times: add a line to it\.$"):
        body(exercise)


# ---------------------------------------------------------------- those of this repository


@pytest.fixture(scope="module", params=WITH_MISTAKES, ids=lambda one: one.id)
def exercise(request: pytest.FixtureRequest) -> catalogue.Exercise:
    return request.param


@pytest.fixture(scope="module")
def built(exercise: catalogue.Exercise) -> dict[str, str]:
    """The answer to the exercise, and each mistake in it, as a Python file."""
    answer = mistakes.answer_to(exercise)
    bodies = {one.name: mistakes.wrong_body(one, answer.body) for one in mistakes.of(exercise)}
    return {name: answer.with_body(body) for name, body in {"": answer.body, **bodies}.items()}


def test_the_answer_reads_the_same_without_comments(exercise, built):
    answer = exercise.answer.read_text("utf-8")
    if exercise.whole:  # its docstrings lose their empty lines
        answer = "\n".join(filter(None, answer.splitlines()))
    own, read = (
        {key: ast.dump(place.node) for key, place in splice.functions(ast.parse(text)).items()}
        for text in (answer, built[""])
    )
    assert read
    assert read == {key: own[key] for key in (own if exercise.whole else read)}


def test_no_mistake_is_another_one_or_the_answer(built):
    trees = {name: ast.dump(ast.parse(text)) for name, text in built.items()}
    alike = [pair for pair in itertools.combinations(trees, 2) if trees[pair[0]] == trees[pair[1]]]
    assert alike == []


def test_a_mistake_needs_no_name_that_its_module_lacks(exercise, built):
    """A NameError would be caught by any test."""
    for name, text in built.items():
        home = text if exercise.whole else exercise.file.read_text("utf-8")
        known = {*vars(builtins), *symtable.symtable(home, "module", "exec").get_identifiers()}
        needed = globals_of(symtable.symtable(text, name, "exec"))
        assert needed <= known, f"{name} needs {needed - known}: import it in the function"


def globals_of(table: symtable.SymbolTable) -> set[str]:
    """The global names that the functions of a module use."""
    inner = set().union(*map(globals_of, table.get_children()))
    if not isinstance(table, symtable.Function):
        return inner
    return inner | {one.get_name() for one in table.get_symbols() if one.is_global()}


def test_every_file_belongs_to_an_exercise():
    assert len(mistakes.all_of(ROOT)) >= 500
