"""Where the steps of a submission are: what is unambiguous is taken, and all else is named."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.grading.test_intake import CODE, folder, tarred, zipped
from workbook.grading import intake

PARSER = "steps/s02_resp/parser.py"
ENCODE = "steps/s02_resp/encode.py"
OTHER = b"def parse():\n    return 2\n"
OURS = {
    PARSER: b"pristine\n",
    ENCODE: b"pristine\n",
    "steps/__init__.py": b"\n",
    "steps/s02_resp/__init__.py": b"\n",
    "steps/s03_store/session.py": b"\n",
    "steps/s04_threads/session.py": b"\n",
    "steps/s06_types/commands/lists.py": b"\n",
    "steps/s07_persistence/commands/lists.py": b"\n",
}


def take(source, steps=range(1, 11)):
    return intake.take(source, OURS, steps)


def why(taken):
    """What was refused, and why."""
    return {one.name: one.why for one in taken.refused}


def inner(files):
    """A zip file, as bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, one in files.items():
            archive.writestr(name, one)
    return data.getvalue()


MAKERS = {
    "folder": lambda top, files: folder(top / "ada", files),
    "zip": lambda top, files: zipped(top / "ada.zip", files),
    "tar": lambda top, files: tarred(top / "ada.tgz", files),
}


@pytest.fixture(params=MAKERS)
def make(request, tmp_path):
    """Makes a submission of each kind."""
    return lambda files: MAKERS[request.param](tmp_path, files)


# ---------------------------------------------------------------- folders of steps


@pytest.mark.parametrize(
    "lead",
    [
        *("steps/", "ada/steps/", "a/b/c/steps/", "Steps/", "STEPS/", "steps (1)/", "steps(2)/"),
        *("steps copy/", "redis/steps-1/", "", "my solution/"),
    ],
)
def test_a_folder_that_can_only_be_the_steps(make, lead):
    """A folder of steps counts at any depth and under nearly any name, and the page says so."""
    taken = take(make({f"{lead}s02_resp/parser.py": CODE, "README.md": b"mine"}))
    assert taken.files == {PARSER: CODE}
    assert taken.trouble == ""
    named = lead.rstrip("/") or "The top folder"
    assert taken.used == ([] if lead.endswith("steps/") else [f"{named} was used as steps."])


@pytest.mark.parametrize("other", ["old/steps/", "steps (1)/", "Steps/", "zz/copy/steps/"])
@pytest.mark.parametrize("first", [True, False])
def test_the_shallowest_steps_win_in_any_order(tmp_path, other, first):
    """An old copy does not count, whatever comes first in the archive; it is named."""
    rows = [(PARSER, CODE), (f"{other}s02_resp/parser.py", OTHER)]
    taken = take(zipped(tmp_path / "ada.zip", dict(rows if first else rows[::-1])))
    assert taken.files == {PARSER: CODE}
    assert why(taken) == {other: "another steps folder; steps was used"}


def test_two_folders_that_hold_steps(make):
    """Where neither is clearly the right one, nothing is graded, and the page says why."""
    taken = take(make({f"a/{PARSER}": CODE, f"b/{PARSER}": OTHER}))
    assert taken.files == {}
    assert taken.trouble == "Several folders hold steps, and they differ: a/steps, b/steps."


@pytest.mark.parametrize("data", [CODE, OURS[PARSER]], ids=["same", "as handed out"])
def test_two_folders_of_which_one_says_nothing_else(make, data):
    """A copy that is the same, or as it was handed out, makes nothing ambiguous."""
    taken = take(make({f"a/{PARSER}": CODE, f"b/{PARSER}": data}))
    assert taken.files == {PARSER: CODE}
    assert why(taken) == {"b/steps/": "it holds nothing that a/steps does not"}


@pytest.mark.parametrize(
    "lead", ["solutions/", "tests/", "workbook/tests/steps/", "__MACOSX/steps/"]
)
def test_what_only_looks_like_steps(make, lead):
    """Other folders of the workbook hold folders that are called the same; they are none."""
    taken = take(make({f"{lead}s02_resp/parser.py": CODE}))
    assert taken.files == {}
    assert taken.trouble.startswith("There is no folder named steps, and no file named like")


# ---------------------------------------------------------------- names that are nearly right


@pytest.mark.parametrize(
    "name",
    ["steps/S02_resp/Parser.py", "steps/parser.py", "steps/resp/parser.py", "steps/PARSER.PY"],
)
def test_a_file_that_can_only_be_one(make, name):
    """Case, and the folder of the step, are mended where only one file is called so."""
    taken = take(make({name: CODE, "steps/notes.txt": b"!"}))
    assert taken.files == ({PARSER: CODE, "steps/notes.txt": b"!"})
    assert taken.used == [f"{name} was used as {PARSER}."]


@pytest.mark.parametrize("names", [(PARSER, "steps/parser.py"), ("steps/parser.py", PARSER)])
def test_the_right_name_goes_first(tmp_path, names):
    """A second file of a name does not take the place of the one that is right."""
    files = {names[0]: CODE if names[0] == PARSER else OTHER}
    files[names[1]] = CODE if names[1] == PARSER else OTHER
    taken = take(zipped(tmp_path / "ada.zip", files))
    assert taken.files == {PARSER: CODE}
    assert why(taken) == {"steps/parser.py": f"another file could be {PARSER} too"}


def test_single_files(make):
    """Files as Gradescope uploads them, without folders: each counts that exists once."""
    files = {"parser.py": CODE, "encode.py": OTHER, "session.py": CODE, "mine.py": CODE}
    taken = take(make({**files, "__init__.py": CODE, "notes.txt": b"!"}))
    assert taken.files == {PARSER: CODE, ENCODE: OTHER}
    assert taken.used == [
        f"{name} was used as {target}." for name, target in taken_for(files, taken).items()
    ]
    assert why(taken) == {
        "session.py": "it could be steps/s03_store/session.py, steps/s04_threads/session.py: "
        "hand it in inside its folder",
        "mine.py": "no file in the steps being graded has this name",
        "__init__.py": "no file in the steps being graded has this name",
    }


def taken_for(files, taken):
    """What stands for what, in the order in which it was taken."""
    order = [line.partition(" ")[0] for line in taken.used]
    return {name: f"steps/s02_resp/{name}" for name in order if name in files}


def test_single_files_exist_once_in_the_steps_that_are_graded(tmp_path):
    """Where step 4 is not graded, `session.py` is that of step 3; folders tell files apart, too."""
    source = folder(tmp_path / "ada", {"session.py": CODE, "s06/commands/lists.py": CODE})
    assert list(take(source, (3, 6)).files) == [
        "steps/s03_store/session.py",
        "steps/s06_types/commands/lists.py",
    ]


def test_single_files_that_are_several(make):
    """Two files of one name: neither counts, and both are named."""
    taken = take(make({"parser.py": CODE, "new/parser.py": OTHER, "encode.py": CODE}))
    assert taken.files == {ENCODE: CODE}
    assert set(why(taken)) == {"parser.py", "new/parser.py"}


@pytest.mark.parametrize(
    "name", ["parser (1).py", "steps/s02_resp/Parser(2).py", "a/parser (1).PY"]
)
def test_a_file_that_was_downloaded_twice(make, name):
    """Browsers number such files. Beside the one with the right name, the other does not count."""
    assert take(make({name: CODE})).files == {PARSER: CODE}
    lead = name.rpartition("/")[0]
    both = take(make({name: OTHER, f"{lead}/parser.py".lstrip("/"): CODE}))
    assert both.files == ({PARSER: CODE} if lead.startswith("steps") else {})
    assert name in why(both)


# ---------------------------------------------------------------- archives within


@pytest.mark.parametrize("name", ["ada.zip", "Redis - final.zip", "one/two.zip"])
def test_an_archive_in_a_folder(make, name):
    """A folder with a zip file in it, as Moodle makes it, is what the zip file is."""
    taken = take(make({name: inner({PARSER: CODE}), "note.html": b"hello"}))
    assert taken.files == {PARSER: CODE}
    assert taken.used == [f"{name} was opened."]


def test_an_archive_in_an_archive_in_a_folder(make):
    """Two deep is opened, and no deeper."""
    one = inner({PARSER: CODE})
    assert take(make({"a.zip": inner({"b.zip": one})})).files == {PARSER: CODE}
    deep = take(make({"a.zip": inner({"b.zip": inner({"c.zip": one})})}))
    assert (deep.files, deep.trouble) == ({}, "c.zip is inside too many other archives.")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"a.zip": b"", "b.tar.gz": b""},
            "There are several archives and no folder named steps: a.zip",
        ),
        ({"a.rar": b"Rar!"}, "a.rar is a kind of archive that cannot be opened here"),
        ({"notes.docx": b"PK"}, "Found instead: notes.docx."),
        ({"a.zip": inner({"report.pdf": b""})}, "Found instead: report.pdf."),
    ],
)
def test_what_nothing_can_be_taken_of(make, files, said):
    """It is said in words what is there, instead of what is looked for."""
    taken = take(make(files))
    assert taken.files == {}
    assert said in taken.trouble


def test_nothing_at_all(tmp_path):
    """An empty folder is not a submission, but a folder with empty steps is."""
    (tmp_path / "ada").mkdir()
    assert take(tmp_path / "ada").trouble.endswith("The submission is empty.")
    (tmp_path / "bob/steps").mkdir(parents=True)
    assert take(tmp_path / "bob").trouble == ""


def test_what_lies_beside_the_steps_is_named(make):
    """Files and archives that could be meant, but are not where they count."""
    files = {PARSER: CODE, "encode.py": CODE, "new.zip": inner({ENCODE: CODE}), "tests/x.py": b""}
    taken = take(make(files))
    assert taken.files == {PARSER: CODE}
    assert why(taken) == {
        "new.zip": "it is outside the steps folder, and was not opened",
        "encode.py": "it is outside the steps folder",
    }
