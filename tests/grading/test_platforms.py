"""Gradebooks for Canvas and Moodle, and feedback in Markdown."""

from __future__ import annotations

import csv
import re

import pytest

from tests.grading import made
from workbook import judging
from workbook.grading import reports, roster
from workbook.grading.config import Config

EVIL = "![x](http://e.test/x.png) <img> ```` [y](z) |"


@pytest.fixture
def written(tmp_path):
    """Writes all reports of some results, with a roster, and gives the folder."""

    def write(results, text="id\nada\nbob\n"):
        path = tmp_path / "roster.csv"
        path.write_text(text, "utf-8")
        out = made.put(tmp_path / "out", results)
        reports.write_reports(out, Config(title="Redis (77)", steps=(1, 2)), roster.load(path))
        return out

    return write


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


SOME = {"1.1": judging.WRONG}


def test_canvas(written):
    """The head, the points possible, and who a student is, as Canvas' importer looks for them."""
    out = written([made.result("ada", SOME), made.result("eve", state="error", exercises=[])])
    head, possible, *students = rows(out / "gradebook-canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Redis (77)"]
    assert possible[0].strip() == "Points Possible"
    all_points = sum(one.points for one in made.EVERY if one.key[0] in (1, 2))
    assert possible[-1] == str(all_points)
    lost = next(one.points for one in made.EVERY if one.id == "1.1")
    assert students == [
        ["ada", "", "", "ada", "", str(all_points - lost)],
        ["bob", "", "", "bob", "", "0"],
    ]


def test_canvas_knows_its_own_numbers(written):
    text = "Student,ID,SIS User ID,SIS Login ID,Section\n=Ada,12,u17,al,Spring\n"
    out = written([made.result("al")], text)
    assert rows(out / "gradebook-canvas.csv")[2][:5] == ["'=Ada", "12", "u17", "al", ""]
    out = written([made.result("ada_12_98765_steps")], "Student,ID,Section\nAda,12,Spring\n")
    assert rows(out / "gradebook-canvas.csv")[2][:5] == ["Ada", "12", "", "", ""]


def test_moodle(written):
    """Each line has the grade and the feedback, for one without the other is lost."""
    text = "First name,Surname,ID number,Email address\nAda,L,u17,ada@example.org\n"
    out = written([made.result("u17", SOME, submitted=None)], text)
    head, ada = rows(out / "gradebook-moodle.csv")
    assert head == ["ID number", "Email address", "Full name", "Redis (77)", "Feedback"]
    assert ada[:3] == ["u17", "ada@example.org", "Ada L"]
    assert re.fullmatch(r"\d+ of \d+ exercises are solved\.", ada[4])


def test_feedback_in_markdown(written):
    """It says what the page says; what a student wrote stays text."""
    facts = made.result("ada", SOME)
    facts["refused"] = [{"name": EVIL, "why": "it is a link"}]
    row = next(row for row in facts["exercises"] if row["id"] == "1.1")
    row["tests"][0]["printed"] = EVIL
    text = (written([facts]) / "feedback/ada.md").read_text("utf-8")
    assert text.startswith("# ada\n\nRedis \\(77\\)\n")
    assert "- ✗ **1.1 " in text
    fence = re.search(r"^  (`{5,})text\n(.*?)^  \1$", text, re.M | re.S)
    assert fence is not None
    assert "![x](http" in fence[2]
    outside = text.replace(fence[0], "")
    assert "![x](" not in outside
    assert "<img>" not in outside
    assert "PING" in fence[2]
