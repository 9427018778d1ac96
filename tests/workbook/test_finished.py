"""What is said at the end of a step, and at the end of all."""

from __future__ import annotations

import pytest

from workbook import catalogue, finished, overview
from workbook.progress import Progress

ROOT = catalogue.ROOT
ALL = {one.id: "solved" for one in catalogue.exercises(ROOT)}


@pytest.fixture
def states(monkeypatch):
    """The states of the exercises; what is not in it is empty."""
    known = {}
    monkeypatch.setattr(Progress, "state", lambda self, one: known.get(one.id, "empty"))
    return known


def test_a_step_that_is_not_done_yet(states):
    states["1.1"] = "solved"
    assert finished.text(ROOT, {"1.2"}) == ""
    assert finished.text(ROOT, set()) == ""


@pytest.mark.parametrize("step", [2, 9])
def test_the_last_exercise_of_a_step(states, step):
    ids = [one.id for one in catalogue.step(step).exercises]
    states.update(dict.fromkeys(ids[:-1], "solved"))
    text = finished.text(ROOT, {ids[-1]})
    assert text.startswith(f"Step {step} is done. New in your server: ")
    assert f" -m steps.s{step:02} serve" in text
    assert text.endswith(f"checker.py notebook {step + 1}")


def test_a_step_that_was_done_before_is_not_told_of_again(states):
    states.update({one.id: "solved" for one in catalogue.step(1).exercises})
    assert finished.text(ROOT, {"2.1"}) == ""


def test_the_end_of_all_of_it_with_the_warm_up_or_without(states):
    states.update({id: "solved" for id in ALL if not id.startswith("0.")})
    text = finished.text(ROOT, {"10.8"})
    assert text.startswith("The whole server is yours")
    assert "-m steps.s10 bench" in text
    states["3.1"] = "written"
    rest = finished.text(ROOT, {"10.8"})
    assert rest.startswith("Step 10 is done.")
    assert rest.endswith("checker.py")
    states["10.7"] = "stale"
    assert finished.text(ROOT, {"10.8"}) == ""


def test_the_warm_up_is_no_part_of_the_server(states):
    text = finished.text(ROOT, {one.id for one in catalogue.step(0).exercises})
    assert text.splitlines()[0] == "Step 0 is done."
    assert text.endswith("notebook 1")


def test_lines_fit_into_a_terminal():
    assert max(map(len, finished.WHOLE.splitlines())) <= 88


def test_the_map_of_a_whole_server_says_so_and_counts_no_minutes(states, capsys):
    states.update(ALL)
    overview.show_map(ROOT)
    told = capsys.readouterr().out
    assert told.endswith(f"\n{finished.WHOLE}\n")
    assert f"{len(ALL)} of {len(ALL)} exercises solved" in told
    assert " left" not in told
    states["3.1"] = "stale"
    overview.show_map(ROOT)
    told = capsys.readouterr().out
    assert f"{len(ALL) - 1} of {len(ALL)} exercises solved, 1 to check again" in told
    assert " left" not in told
    assert finished.WHOLE not in told
