"""The gradebook: exact points, days late, and nothing that a spreadsheet would carry out."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.grading import made
from workbook import judging
from workbook.grading import reports
from workbook.grading.config import Config, Late
from workbook.grading.gradebook import defused, number
from workbook.grading.roster import Student, key

DUE = datetime(2027, 2, 1, 12, tzinfo=UTC)

POINTS = {one.id: one.points for one in made.EVERY}

WHOLE = sum(POINTS.values())


def book(out, results, config=None, students=()):
    """The lines of the gradebook, by id."""
    made.put(out, results)
    reports.write_reports(out, config, {key(one.id): one for one in students})
    text = (out / "gradebook.csv").read_bytes().decode()
    return {line["id"]: line for line in csv.DictReader(io.StringIO(text, newline=""))}


def test_the_columns(tmp_path):
    book(tmp_path, [], Config(steps=(1, 3)))
    header = (tmp_path / "gradebook.csv").read_text("utf-8").splitlines()[0].split(",")
    assert header[0] == "id"
    assert header[3:7] == ["step 1", "step 1 possible", "step 3", "step 3 possible"]
    assert header[-3:] == ["total", "possible", "remark"]


def test_points_are_those_of_what_is_solved(tmp_path):
    found = book(
        tmp_path,
        [
            made.result("all"),
            made.result("none", dict.fromkeys(POINTS, judging.NOT_WRITTEN)),
            made.result("some", {"2.5": judging.WRONG, "4.2": judging.HUNG, "4.3": "not checked"}),
        ],
    )
    assert [found[id]["total"] for id in ("all", "none")] == [str(WHOLE), "0"]
    lost = POINTS["2.5"] + POINTS["4.2"] + POINTS["4.3"]
    assert found["some"]["total"] == found["some"]["earned"] == str(WHOLE - lost)
    step = sum(points for id, points in POINTS.items() if id.startswith("2."))
    assert found["some"]["step 2"] == str(step - POINTS["2.5"])
    assert found["some"]["step 2 possible"] == str(step)
    assert {line["possible"] for line in found.values()} == {str(WHOLE)}


def test_points_in_a_result_are_worked_out_and_not_believed(tmp_path):
    facts = made.result("ada", dict.fromkeys(POINTS, judging.WRONG))
    for row in facts["exercises"]:
        row["points"] = row["possible"] = 999
    assert book(tmp_path, [facts])["ada"]["total"] == "0"


def test_weights_points_and_steps_are_those_of_now(tmp_path):
    results = [made.result("ada", {"1.1": judging.WRONG})]
    config = Config(
        steps=(1,),
        points={"1.2": Decimal(10)},
        weights={"1": Decimal("0.5"), "1.3": Decimal(0), "1.1": Decimal(3)},
    )
    line = book(tmp_path, results, config)["ada"]
    left = [points for id, points in POINTS.items() if id.startswith("1.")][3:]
    earned = (10 + sum(left)) / 2
    assert float(line["total"]) == earned
    assert float(line["possible"]) == earned + 3 * POINTS["1.1"]
    assert "step 2" not in line


def test_an_exercise_of_which_a_result_says_nothing_earns_nothing_and_is_told(tmp_path):
    facts = made.result("ada")
    facts["exercises"] = facts["exercises"][1:]
    line = book(tmp_path, [facts])["ada"]
    assert line["total"] == str(WHOLE - made.EVERY[0].points)
    assert line["state"] == "partly graded"


def test_an_error_of_the_grader_is_no_zero(tmp_path):
    facts = made.result("ada", state="error", error="MemoryError", exercises=[])
    line = book(tmp_path, [facts])["ada"]
    assert (line["state"], line["total"], line["step 1"]) == ("error", "", "")
    assert line["possible"] == str(WHOLE)


def test_those_who_handed_in_nothing_are_there(tmp_path):
    students = [Student("ada", "Ada"), Student("bob", "Bob")]
    found = book(tmp_path, [made.result("ada"), made.result("eve")], students=students)
    assert [(id, line["name"], line["state"]) for id, line in found.items()] == [
        ("ada", "Ada", "graded"),
        ("eve", "", "graded"),
        ("bob", "Bob", "no submission"),
    ]
    assert found["bob"]["total"] == "0"
    done = reports.write_reports(tmp_path, None, {"ada": students[0], "bob": students[1]})
    assert done.told() == ["Not in the roster: eve.", "Nothing handed in: bob."]


# ---------------------------------------------------------------- late


@pytest.mark.parametrize(
    ("minutes", "extension", "days", "percent"),
    [
        (0, 0, 0, 0),
        (15, 0, 0, 0),
        (16, 0, 1, 10),
        (24 * 60, 0, 1, 10),
        (24 * 60 + 1, 0, 2, 20),
        (24 * 60 + 1, 1, 0, 0),
        (24 * 60 + 16, 1, 1, 10),
        (36 * 60 + 16, "1.5", 1, 10),
        (4 * 24 * 60, 0, 4, 25),
        (7 * 24 * 60, 0, 7, 25),
        (7 * 24 * 60 + 1, 0, 8, 100),
        (-999, 0, 0, 0),
    ],
)
def test_what_being_late_costs(tmp_path, minutes, extension, days, percent):
    late = Late(Decimal(15), Decimal(10), Decimal(25), Decimal(7))
    when = (DUE + timedelta(minutes=minutes)).astimezone().isoformat()
    line = book(
        tmp_path,
        [made.result("ada", submitted=when)],
        Config(due=DUE, late=late),
        [Student("ada", "", Decimal(extension))],
    )["ada"]
    assert (line["days late"], line["percent off"]) == (str(days), str(percent))
    assert line["earned"] == str(WHOLE)
    assert Decimal(line["total"]) == (Decimal(WHOLE) * (100 - percent) / 100).quantize(
        Decimal("0.01")
    )


def test_being_late_is_worked_out_anew_at_every_run(tmp_path):
    results = [made.result("ada", submitted="2027-02-03T12:00:00+00:00")]
    half = Late(percent_per_day=Decimal(25))
    assert book(tmp_path, results, Config(due=DUE, late=half))["ada"]["percent off"] == "50"
    extended = [Student("ada", "", Decimal(1))]
    line = book(tmp_path, results, Config(due=DUE, late=half), extended)["ada"]
    assert (line["percent off"], line["due"]) == ("25", "2027-02-02T12:00:00Z")
    assert book(tmp_path, results)["ada"]["percent off"] == "0"
    assert json.loads((tmp_path / "results/ada.json").read_text())["submitted"]


def test_a_time_that_is_not_known_costs_nothing_unless_the_roster_knows_it(tmp_path):
    config = Config(due=DUE, late=Late(percent_per_day=Decimal(10)))
    assert book(tmp_path, [made.result("ada")], config)["ada"]["submitted"] == ""
    told = [Student("ada", submitted=DUE + timedelta(hours=1))]
    assert book(tmp_path, [made.result("ada")], config, told)["ada"]["percent off"] == "10"


# ---------------------------------------------------------------- what stands in a cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r=1",
        "\n=1",
        "|cmd",
        "%0",
        "\uff1d1",
        "\u200b=1",
    ],
)
def test_a_formula_is_a_text(text):
    assert defused(text)[0] in "'\\"


def test_names_cannot_break_out_of_their_cell(tmp_path):
    evil = '=HYPERLINK("http://evil"),"x"\r\n=cmd|\'/c calc\'!A0'
    found = book(tmp_path, [made.result("@ada")], students=[Student("@ada", evil)])
    assert list(found) == ["'@ada"]
    assert found["'@ada"]["name"].startswith("'=HYPERLINK")
    assert len((tmp_path / "gradebook.csv").read_bytes().splitlines()) == 2
    assert b"\x1b" not in (tmp_path / "gradebook.csv").read_bytes()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("0.00", "0"),
        ("100", "100"),
        ("2.50", "2.5"),
        ("0.005", "0.01"),
        ("1e3", "1000"),
    ],
)
def test_numbers_have_no_needless_zeros(value, text):
    assert number(Decimal(value)) == text


def test_a_result_that_cannot_be_read_is_left_out(tmp_path):
    made.put(tmp_path, [made.result("ada")])
    (tmp_path / "results" / "bob.json").write_text("{", "utf-8")
    (tmp_path / "results" / "eve.json").write_text('{"format": 99, "id": "eve"}', "utf-8")
    assert reports.write_reports(tmp_path).lines == 1


def test_a_report_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    book(tmp_path, [made.result("ada")])
    before = (tmp_path / "gradebook.csv").read_bytes()
    monkeypatch.setattr(reports.ClassPage, "write", lambda *more: 1 / 0)
    made.put(tmp_path, [made.result("bob")])
    with pytest.raises(ZeroDivisionError):
        reports.write_reports(tmp_path)
    assert (tmp_path / "gradebook.csv").read_bytes() == before
    assert not list(tmp_path.rglob(".*"))
