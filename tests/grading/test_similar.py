"""Hints at submissions that are built alike."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from tests.grading import classroom, made
from workbook.grading import reports, similar

NAME = "steps/s02_resp/parser.py"

LONG = '''
def parse(data):
    """Takes bytes."""
    found = []
    for at, one in enumerate(data.split(b"x")):
        if at % 3 == 0 and one:
            found.append(one[1:] + b"!")
        elif not one:
            while at > 7:
                at -= len(found) or 1
                found = [each for each in found if each != one]
        else:
            try:
                found[at] = int(one) * 2
            except (ValueError, IndexError) as error:
                raise KeyError(at) from error
    return {name: name.upper() for name in found if name in data}
'''

OTHER = """
def parse(data):
    at, found = 0, {}
    while True:
        end = data.find(b"x", at)
        if end < 0:
            break
        piece = data[at:end]
        found[piece] = found.get(piece, 0) + 1
        at = end + 1
    with open("x") as file:
        rows = sorted(file.read().split(), key=lambda row: (len(row), row))
    return rows[: len(found)] if rows else [*found, None]
"""


def renamed(text):
    """The same with other names, numbers and comments: what people do to hide a copy."""
    text = re.sub(r"\b(found|at|one|each|name)\b", r"my_\1", text)
    return (
        text.replace("3", "5")
        .replace("    return", "    # mine\n    return")
        .replace("Takes", "Gets")
    )


def shapes(text, *known):
    return similar.shapes({NAME: text.encode()}, *({NAME: one.encode()} for one in known))


def test_what_only_has_other_names_is_alike():
    (pair,) = similar.alike(
        {"ada": shapes(LONG), "bob": shapes(renamed(LONG)), "eve": shapes(OTHER)}
    )
    assert pair == ("ada", "bob", 100, [NAME])


def test_another_way_to_write_the_same_statement_hides_nothing():
    copy = renamed(LONG).replace("my_found = []", "my_found: list = []")
    copy = re.sub(r"(\w+) -= (.*)", r"\1 = \1 - (\2)", copy)
    assert copy.count(": list") == copy.count(" - (") == 1
    assert similar.alike({"ada": shapes(LONG), "bob": shapes(copy)})[0].percent == 100


def test_one_copied_file_among_others():
    """It is named, whatever the two have in other files."""
    rest = {f"steps/{id}.py": list(range(at, at + 300)) for at, id in ((0, "ada"), (300, "bob"))}
    ada, bob = ({**shapes(LONG), name: numbers} for name, numbers in rest.items())
    assert similar.alike({"ada": ada, "bob": bob}) == [("ada", "bob", 100, [NAME])]


def test_what_is_written_differently_is_not():
    """Neither one function nor three very different answers to several exercises."""
    assert similar.alike({"ada": shapes(LONG), "eve": shapes(OTHER)}) == []
    answers, pristine = similar.answers(classroom.ROOT), classroom.pristine()
    different = defaultdict(dict)
    for file, id in (
        ("s01_echo/client", "1.5"),
        ("s02_resp/replies", "2.8"),
        ("s03_store/lru", "3.7"),
    ):
        folder = classroom.ROOT / "tests" / file.partition("/")[0] / "accepted"
        for at, path in enumerate(sorted(folder.glob(f"{id}_*.py"))):
            different[f"s{at}"][f"steps/{file}.py"] = path.read_bytes()
    made = {id: similar.shapes(files, pristine, answers) for id, files in different.items()}
    assert len(made) == 3
    assert similar.alike(made) == []


def test_what_was_handed_out_and_the_answers_are_taken_out():
    assert shapes(renamed(LONG), OTHER, LONG) == {}
    answers, pristine = similar.answers(classroom.ROOT), classroom.pristine()
    solved = classroom.written(["2.1", "2.2", "2.5", "3.2"])
    assert similar.shapes(solved, pristine, answers) == {}


def test_what_many_have_is_no_hint():
    many = {f"s{number}": shapes(LONG) for number in range(5)}
    assert similar.alike(many) == []


@pytest.mark.parametrize("text", ["def f(:", "\0", "x = " + "(" * 5000, "# coding: none\n"])
def test_what_python_cannot_read_has_no_shape(text):
    assert shapes(text) == {}


def test_the_class_page_calls_it_a_hint(tmp_path):
    two = [made.result(id, shapes=shapes(LONG)) for id in ("ada", "<b>")]
    reports.write_reports(made.put(tmp_path, [two[0], {**two[1], "id": "b<"}]))
    page = (tmp_path / "class.html").read_text("utf-8")
    assert "Built alike" in page
    assert "A hint, not a verdict" in page
    assert "ada and b&lt;" in page
    reports.write_reports(made.put(tmp_path / "2", [made.result("ada"), made.result("bob")]))
    assert "Built alike" not in (tmp_path / "2/class.html").read_text("utf-8")
