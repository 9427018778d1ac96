"""The instructors' guide: its files are right, and the options that it names are there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.grading import made
from workbook.grading import command, config, roster
from workbook.grading.config import Late

GUIDE = (made.ROOT / "workbook" / "README.md").read_text("utf-8")


def blocks(kind):
    """The blocks of one kind."""
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.S)


def test_its_settings_can_be_read(tmp_path):
    (text,) = blocks("toml")
    path = tmp_path / "grading.toml"
    (tmp_path / "test_mine.py").touch()
    path.write_text(re.sub(r"^# (?=\w+ =)", "", text, flags=re.M), "utf-8")
    made_of_it = config.load(path)
    assert made_of_it.steps == (1, 2, 3, 4, 5, 6)
    assert made_of_it.late != Late()
    assert made_of_it.seed == 4711


def test_its_roster_can_be_read(tmp_path):
    (text,) = blocks("csv")
    (tmp_path / "roster.csv").write_text(text, "utf-8")
    assert list(roster.load(tmp_path / "roster.csv")) == ["ada", "bob"]


def options(text):
    """The options that a text names."""
    return set(re.findall(r"--[a-z][a-z-]+", text))


def test_each_option_is_told_in_both_places():
    table = GUIDE[GUIDE.index("| option | does |") : GUIDE.index("**Stopped in the middle?**")]
    assert options(table) == options(command.OPTIONS)


def test_its_links_lead_somewhere():
    heads = re.findall(r"^## (.*)$", GUIDE, re.M)
    there = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    assert set(re.findall(r"\]\(#([\w-]+)\)", GUIDE)) <= there


@pytest.mark.parametrize("text", blocks("bash"))
def test_its_scripts_are_scripts(text, program):
    done = subprocess.run([program("bash", "bash"), "-n"], input=text.encode(), check=False)
    assert done.returncode == 0


@pytest.mark.usefixtures("clean")
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('steps = "2"', "Several folders hold steps"),
        ("stops = 2", "The grader could not do its work"),
    ],
)
def test_gradescope_gets_a_result_whatever_happens(tmp_path, program, settings, said):
    """Also of a submission in which nothing can be graded, and if the grader itself cannot start."""
    for name in ("a", "b"):
        parser = tmp_path / f"submission/{name}/steps/s02_resp/parser.py"
        parser.parent.mkdir(parents=True)
        parser.write_text(f"x = {name!r}\n")
    (tmp_path / "source").mkdir()
    (tmp_path / "source/workbook").symlink_to(made.ROOT)
    (tmp_path / "source/grading.toml").write_text(settings)
    (tmp_path / "results").mkdir()
    places = {word.upper(): str(tmp_path / word) for word in ("submission", "source", "results")}
    (script,) = (text for text in blocks("bash") if "results.json" in text)
    subprocess.run(
        [program("bash", "bash"), "-c", script],
        env={**os.environ, **places, "PYTHON": sys.executable, "TMPDIR": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    told = json.loads((tmp_path / "results/results.json").read_text())
    assert told["score"] == 0
    assert said in told["output"]
