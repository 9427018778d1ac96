"""What a call grades, and by which settings: its words, `grading.toml`, the roster."""

from __future__ import annotations

import pytest

from tests.grading import made
from workbook.calls import Call, CallTrouble
from workbook.grading import command
from workbook.grading.config import Config
from workbook.grading.limits import MB


def order(*words):
    """What these words ask for."""
    texts = [str(word) for word in words]
    return command.order_of(Call(made.ROOT, texts, ["grade", *texts]))


@pytest.fixture
def lecture(tmp_path):
    """A class of two."""
    for name in ("ada", "bob"):
        (tmp_path / "class" / name / "steps").mkdir(parents=True)
    return tmp_path / "class"


SETTINGS = (
    'steps = "1-3"\nseed = 7\nisolation = "sealed"\nhidden = "test_a.py"\n[limits]\nmemory = 64\n'
)


def test_the_settings_beside_the_submissions(lecture):
    (lecture / "grading.toml").write_text(SETTINGS)
    (lecture / "test_a.py").touch()
    (lecture / "roster.csv").write_text("id\nada\n")
    found = order(lecture)
    assert found.plan.steps == found.config.steps == (1, 2, 3)
    assert (found.plan.seed, found.plan.sealed) == (7, True)
    assert found.plan.hidden == (lecture / "test_a.py",)
    assert found.plan.limits == {"memory": 64 * MB}
    assert list(found.students) == ["ada"]


def test_the_words_win_but_cannot_do_without_the_isolation(lecture):
    (lecture / "grading.toml").write_text(SETTINGS)
    (lecture / "test_a.py").touch()
    (lecture / "test_b.py").touch()
    found = order(lecture, "--steps", "2", "--seed", "1", "--hidden", lecture / "test_b.py")
    assert found.plan.steps == found.config.steps == (2,)
    assert found.plan.seed == 1
    assert found.plan.hidden == (lecture / "test_b.py",)
    assert found.plan.sealed
    (lecture / "grading.toml").write_text('isolation = "open"')
    assert not order(lecture).plan.sealed
    assert order(lecture, "--require-isolation").plan.sealed


def test_files_that_are_named_are_taken_wherever_they_lie(lecture, tmp_path):
    (lecture / "grading.toml").write_text('steps = "9"')
    (tmp_path / "mine.toml").write_text('steps = "2"')
    (tmp_path / "mine.csv").write_text("id\neve\n")
    found = order(lecture, "--config", tmp_path / "mine.toml", "--roster", tmp_path / "mine.csv")
    assert found.plan.steps == (2,)
    assert list(found.students) == ["eve"]


def test_what_lies_in_a_submission_sets_nothing(lecture, capsys):
    """A student who hands in settings would set the points."""
    for folder in (lecture / "ada", lecture):
        (folder / "grading.toml").write_text('steps = "1"')
        (folder / "roster.csv").write_text("id,extension\nada,100\n")
    (lecture / "bob" / "steps").rmdir()
    (lecture / "bob").rmdir()
    for source in (lecture / "ada", lecture):  # the second may be one with a folder around it
        found = order(source)
        assert (found.config, found.students) == (Config(), {})
        assert "grading.toml may be part of a submission" in capsys.readouterr().out


def test_the_settings_beside_the_results(lecture, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "grading.toml").write_text('steps = "4"')
    assert order(lecture / "ada", "--out", tmp_path / "out").plan.steps == (4,)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("grading.toml", 'steps = "x"', "steps is 'x'; it takes steps"),
        ("roster.csv", "name\n", "id among them; it is: name"),
    ],
)
def test_what_is_wrong_with_them_is_a_wrong_call(lecture, name, text, told):
    (lecture / name).write_text(text)
    call = Call(made.ROOT, [str(lecture)], ["grade"])
    with pytest.raises(CallTrouble, match=told):
        command.run_command(call)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CallTrouble, match="There is no"):
        command.run_command(Call(made.ROOT, [str(tmp_path / "gone")], ["grade"]))
