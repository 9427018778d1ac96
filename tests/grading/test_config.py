"""`grading.toml`: what it may say, and what is said of what it may not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from workbook.grading import config
from workbook.grading.limits import MB, Limits


@pytest.fixture
def load(tmp_path):
    def read(text: str | bytes) -> config.Config:
        path = tmp_path / "grading.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return config.load(path)

    return read


def test_without_a_word_everything_counts_as_the_workbook_has_it(load):
    assert load("") == config.Config()


def test_all_that_it_may_say(load, tmp_path):
    (tmp_path / "test_mine.py").touch()
    made = load(
        b"""\xef\xbb\xbf
        title = "Spring"
        steps = "1,3-5"
        due = 2027-02-01T23:59:00+01:00
        hidden = ["test_mine.py"]
        isolation = "sealed"
        seed = 4711
        [points]
        "2.5" = 5
        [weights]
        3 = 2
        2.7 = 0.5
        [late]
        grace_minutes = 15
        percent_per_day = 12.5
        at_most_percent = 50
        zero_after_days = 7
        [limits]
        wall = 900
        memory = 512
        processes = 50
        """
    )
    assert made.title == "Spring"
    assert made.steps == (1, 3, 4, 5)
    assert made.due is not None
    assert made.due.utcoffset() == timedelta(hours=1)
    assert made.hidden == (tmp_path / "test_mine.py",)
    assert (made.isolation, made.seed) == ("sealed", 4711)
    assert made.late == config.Late(Decimal(15), Decimal("12.5"), Decimal(50), Decimal(7))
    assert Limits(**made.limits) == Limits(wall=900, memory=512 * MB, processes=50)
    assert made.worth("2.5", 3) == 5
    assert made.worth("2.7", 3) == Decimal("1.5")
    assert made.worth("3.1", 3) == 6
    assert made.worth("4.1", 3) == 3


@pytest.mark.parametrize("steps", ["[3, 1, 2]", '"1-3"', '" 1 - 2 , 3"', '"1,2,3,3"'])
def test_steps_are_a_list_or_a_text(load, steps):
    assert load(f"steps = {steps}").steps == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("due = 2027-02-01", "due is 2027-02-01; it takes a time with its offset"),
        (
            "due = 2027-02-01T23:59:00",
            "due is 2027-02-01 23:59:00; it takes a time with its offset",
        ),
        ('due = "tomorrow"', "due is 'tomorrow'; it takes a time"),
        ('steps = "1-99"', "steps is '1-99'; it takes steps from 0 to 10"),
        ("steps = []", "steps is []; it takes steps"),
        ("steps = true", "steps is True; it takes steps"),
        ('steps = "9-1"', "steps is '9-1'; it takes steps"),
        ("title = 3", "title is 3; it takes a string"),
        ("wieghts = 3", "there is no key 'wieghts'; the keys are title, steps, due"),
        ("late = 10", "late is 10; it must be a table, which begins with [late]"),
        (
            "[late]\npercent_per_day = 101",
            "late.percent_per_day is 101; it takes a number from 0 to 100",
        ),
        ("[late]\nzero_after_days = -1", "late.zero_after_days is -1; it takes a number from 0"),
        ("[late]\npercent = 1", "[late] has no key 'percent'; the keys are grace_minutes"),
        ('[points]\n"2.99" = 1', "[points] has '2.99', which is not in the workbook"),
        ("[points]\n2 = 1", "[points] has '2', which is not in the workbook"),
        ("[points]\n2.5 = 1e400", 'points."2.5" is 1E+400; it takes a number from 0 to 1000000'),
        ("[points]\n2.5 = inf", 'points."2.5" is Infinity; it takes a number'),
        ("[points]\n2.5 = nan", 'points."2.5" is NaN; it takes a number'),
        ("[weights]\n2.5 = true", 'weights."2.5" is True; it takes a number'),
        ('[weights]\n2 = "double"', "weights.\"2\" is 'double'; it takes a number"),
        ("[weights]\n77 = 2", "[weights] has '77', which is not in the workbook"),
        ("[limits]\nram = 3", "[limits] has no key 'ram'; the keys are wall, cpu, memory"),
        ("[limits]\nwall = 0", "limits.wall is 0; it takes a number from 1"),
        ('isolation = "E"', 'isolation is \'E\'; it takes "sealed" or "open"'),
        ("seed = -3", "seed is -3; it takes a whole number"),
        ("seed = true", "seed is True; it takes a whole number"),
        (
            'hidden = ["test_gone.py"]',
            "hidden is 'test_gone.py'; it takes files named test_....py",
        ),
        ("hidden = 7", "hidden is 7; it takes names of test files"),
        ("title = ", "is not TOML"),
        (b"title = '\xff'", "is not UTF-8 text"),
    ],
)
def test_what_is_wrong_is_told_with_its_key_and_what_could_stand_there(load, text, told):
    with pytest.raises(config.ConfigTrouble) as caught:
        load(text)
    assert told in str(caught.value)
    assert "grading.toml" in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(load):
    with pytest.raises(config.ConfigTrouble) as caught:
        load('seed = "x"\nisolation = 3\n[late]\nfoo = 1')
    assert len(str(caught.value).splitlines()) == 3


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(config.ConfigTrouble, match=r"cannot be read"):
        config.load(tmp_path / "gone.toml")


def test_the_example_in_its_description_is_right(load, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "test_more.py").touch()
    text = "\n".join(
        line for line in (config.__doc__ or "").splitlines() if line.startswith("    ")
    )
    assert load(text).late.percent_per_day == 10
