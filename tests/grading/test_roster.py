"""The roster: CSV as spreadsheets write it, and as they should not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workbook.grading import roster


@pytest.fixture
def load(tmp_path):
    def read(text: str | bytes) -> dict[str, roster.Student]:
        path = tmp_path / "roster.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return roster.load(path)

    return read


@pytest.mark.parametrize(
    "data",
    [
        'id,name,extension\nada,"Lovelace, Ada",2\n',
        '\ufeffid,name,extension\r\nada,"Lovelace, Ada",2\r\n',
        "\ufeffID;Name;Extension\r\nada;Lovelace, Ada;2\r\n",
        'Name\tID\tSection\textension days\n"Lovelace, Ada"\t ada \t7\t2,0',
        'id,name,extension\n\n"ada","Lovelace, Ada","2"\n,,\n',
    ],
    ids=["plain", "mark-and-crlf", "semicolons", "tabs-and-order", "empty-lines"],
)
def test_a_roster_as_programs_write_it(load, data):
    ada = load(data)["ada"]
    assert (ada.id, ada.name, ada.extension) == ("ada", "Lovelace, Ada", Decimal(2))


def test_excel_says_which_separator_it_takes(load):
    ada = load("sep=;\r\nid;name;extension\r\nada;Lovelace, Ada;2,0\r\n")["ada"]
    assert (ada.name, ada.extension) == ("Lovelace, Ada", Decimal(2))
    with pytest.raises(roster.RosterTrouble, match=":4: the id 'ada' is already in line 3"):
        load('"sep=,"\nid,name\nada,\nada,\n')


def test_the_roster_of_github_classroom(load):
    """A repository belongs to the account that its name ends with, and to the longest of them."""
    students = load(
        '"identifier","github_username","github_id","name"\n'
        '"Ada Lovelace","ada","17","Ada"\n"Other","lovelace-ada","18",""\n"Bob","","",""\n'
    )
    assert list(students) == ["ada", "lovelace-ada", "bob"]
    finder = roster.Finder(students)
    assert finder.find("redis-lovelace-ada").id == "lovelace-ada"
    assert finder.find("redis-ada").name == "Ada"
    assert finder.find("Bob").id == "Bob"
    assert finder.find("redis-ada") is None
    assert roster.Finder(students).find("Ada Lovelace").id == "ada"


def test_the_gradebook_of_canvas(load):
    """Its second line is about the assignments, and no student."""
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
        '"Lovelace, Ada",1234,u17,ada,Spring\n'
    )
    assert [(one.id, one.name) for one in load(text).values()] == [("1234", "Lovelace, Ada")]
    assert roster.Finder(load(text)).find("u17") is not None


EXPORTS = {
    "excel-unicode-text": "sep=\t\r\nid\tname\r\nada\tLovelace, Ada\r\n".encode("utf-16"),
    "big-endian": "\ufeffid;name\r\nada;Lovelace, Ada\r\n".encode("utf-16-be"),
    "capitals-and-saved-again": b"SEP=;;\r\n\r\nid;name\r\nada;Lovelace, Ada\r\n",
    "empty-lines-above": b'\n;\n"id";"name";"days, if any"\nada;"Lovelace,\n Ada";2\n',
    "text-and-no-number": b'id\xc2\xa0,name\n="ada","Lovelace, Ada"\n',
    "blackboard": (
        '\ufeff"Name"\t"Username"\t"Student ID"\t"Availability"\n'
        '"Lovelace, Ada"\t"ada"\t"u17"\t"Yes"\n'
    ).encode("utf-16-le"),
}


@pytest.mark.parametrize("data", EXPORTS.values(), ids=EXPORTS.keys())
def test_what_programs_export(load, data):
    (ada,) = load(data).values()
    assert (ada.id, ada.name) == ("ada", "Lovelace, Ada")


HEAD_OF_CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,Redis (77)\n"
MOODLE = "_assignsubmission_file_"


@pytest.mark.parametrize(
    ("text", "name", "id"),
    [
        (
            f'{HEAD_OF_CANVAS},,,,,Manual Posting\n    Points Possible,,,,,9\n"L, A",12,u1,al,S,\n',
            "la_LATE_12_98765_redis-1",
            "12",
        ),
        ("Student,ID,Section\nAda,12,S\n", "ada_12_98765_steps", "12"),
        ("Identifier,Full name\nParticipant 12,Ada\n", f"Ada L_12{MOODLE}", "Participant 12"),
        ("First name,Surname,ID number\nAda,Ör,u1\n", f"Ada O\u0308r_12{MOODLE}", "u1"),
        ("First name,Last name,SID,Email\nAda,L,u1,a@x\n", "u1", "u1"),
    ],
    ids=["canvas", "canvas-few-columns", "moodle-worksheet", "moodle-participants", "gradescope"],
)
def test_whose_a_submission_is(load, text, name, id):
    """Platforms call what they hand out by numbers and names of their own."""
    assert roster.Finder(load(text)).find(name).id == id


def test_a_name_that_two_students_have_is_nobodys(load):
    two = "First name,Surname,ID number\nAda,L,u1\nAda,L,u2\n"
    assert roster.Finder(load(two)).find(f"Ada L_12{MOODLE}") is None
    canvas = load(f"{HEAD_OF_CANVAS}Ada,12,u1,al,S,\n")
    assert roster.Finder(canvas).find("ada_98765_12_x") is None


def test_an_exact_name_goes_first(load):
    students = load("identifier,github_username\nAda,ada\n")
    finder = roster.Finder(students, ["a-ada", "ada"])
    assert finder.find("a-ada") is None
    assert finder.find("ada").id == "ada"


def test_an_id_alone_will_do(load):
    assert load("id\nada\nbob\n") == {
        "ada": roster.Student("ada"),
        "bob": roster.Student("bob"),
    }


def test_ids_meet_submissions_whatever_file_names_can_hold(load):
    found = load("id\nAda Lovelace\nbob@example.org\nx/y\n")
    assert list(found) == ["ada_lovelace", "bob@example.org", "x_y"]
    assert found[roster.key("ada lovelace")].id == "Ada Lovelace"


def test_when_something_was_handed_in(load):
    found = load("id,submitted\nada,2027-02-01T23:59:00+01:00\nbob,\neve,2027-02-01 22:59:00 UTC\n")
    assert found["ada"].submitted is not None
    assert found["bob"].submitted is None
    assert found["eve"].submitted == found["ada"].submitted
    found = load("SID,Submission Time\nada,2027-02-01 14:59:00 -0800\n")["ada"].submitted
    assert found.isoformat() == "2027-02-01T14:59:00-08:00"


def test_what_cannot_be_seen_is_left_out_of_names(load):
    assert load("id,name\nada,A\u202eda\x1b[31m\u200b\n")["ada"].name == "Ada[31m"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name\nAda\n", ":1: the first line must name the columns, id among them; it is: name."),
        ("", ":1: the first line must name the columns, id among them; it is: empty."),
        ("id,Id\na,b\n", ":1: the column id appears twice."),
        ("id\nada\nbob\nADA\n", ":4: the id 'ADA' is already in line 2."),
        ("id\na b\na_b\n", ":3: the id 'a_b' is already in line 2."),
        ("id,name\n,Ada\n", ":2: the id is missing."),
        ("id,extension\nada,soon\n", ":2: the extension is 'soon'; it takes a number of days"),
        ("id,extension\nada,-1\n", ":2: the extension is '-1'; it takes a number of days"),
        ("id,extension\nada,nan\n", ":2: the extension is 'nan'; it takes a number of days"),
        ("id,submitted\nada,2027-02-01\n", ":2: submitted is '2027-02-01'; it takes a time"),
        ('id\n"ada" x\n', " is not CSV: in line 2, "),
        ("id\nada\0\n", ""),
        (b"id\n\xff\xfe\n", " is not UTF-8 text: save it as CSV UTF-8."),
    ],
)
def test_what_is_wrong_is_told_with_its_line(load, text, told):
    if not told:  # what cannot be seen in an id is left out, too
        assert list(load(text)) == ["ada"]
        return
    with pytest.raises(roster.RosterTrouble) as caught:
        load(text)
    assert f"roster.csv{told}" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(roster.RosterTrouble, match="cannot be read"):
        roster.load(tmp_path / "gone.csv")
