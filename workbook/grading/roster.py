"""The roster: a CSV file with who is in the class.

    id,name,extension
    ada,"Lovelace, Ada",2

`id` is the name of the submission's folder or archive, without its ending. `extension` is in days
after the due date. A column `submitted` may give the hand-in time where the submission itself
does not: a folder has no date. Other columns are left alone. Spreadsheets write such files in
several ways; UTF-8 and UTF-16, a mark at the beginning, a line `sep=;`, semicolons, tabs, quotes and
CRLF are all fine.

The lists that GitHub Classroom, Canvas, Moodle, Gradescope and Blackboard export can be used as they
are. Some of these programs give submissions other names than ids; `Finder` knows them.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from workbook.grading.submissions import clean_id

NAME = "roster.csv"

HEADINGS = {
    "repository": ("student repository name",),
    "account": ("github username",),
    "id": ("id",),
    "username": ("username", "user name", "login", "user"),
    "identifier": (
        *("identifier", "roster identifier", "id number", "sis user id"),
        *("student id", "sid", "matriculation number"),
    ),
    "login": ("sis login id",),
    "email": ("email", "e mail", "email address"),
    "first": ("first name",),
    "last": ("last name", "surname"),
    "name": ("name", "student", "student name", "full name"),
    "section": ("section",),
    "extension": ("extension", "extension days", "days", "extra days"),
    "submitted": ("submitted", "submission time", "handed in"),
}
"""What a column may be called."""

IDS = ("id", "account", "username", "identifier", "repository", "login", "email")
"""The columns that may say who a student is; the first of them is the id."""

TOTALS = "points possible"
"""What a line of Canvas' begins with. It and any line above it are about assignments, not students."""

ABOVE = 3
"""Lines below the first among which it is."""

CANVAS = {"name", "id", "section"}
"""Columns that are in every list of Canvas'."""

FROM_CANVAS = re.compile(r"[^_]+_(?:late_)?(\d+)_\d+_.+")
"""What Canvas calls a file that was handed in: name, number of the student, and of the file."""

FROM_MOODLE = re.compile(r"(.+)_(\d+)")
"""What Moodle calls a student's folder, without its ending: full name, number of the participant."""

PARTICIPANT = "participant "
"""What such a number begins with in Moodle's grading worksheet."""

MOST_DAYS = 3650


class RosterTrouble(ValueError):  # noqa: N818 - it is what it says
    """Something in the roster is wrong. The message is a sentence for each thing that is."""


@dataclass(frozen=True)
class Student:
    """One line of the roster."""

    id: str
    name: str = ""
    extension: Decimal = Decimal(0)
    """Days."""
    submitted: datetime | None = None
    keys: tuple[str, ...] = ()
    """Other names of a submission of this student."""
    account: str = ""
    """On GitHub: what the name of a repository ends with."""
    sis: str = ""
    """The number by which a school knows the student."""
    login: str = ""
    """On Canvas; only a list that Canvas has exported contains it."""
    email: str = ""
    canvas: str = ""
    """The number by which Canvas knows the student."""


Roster = Mapping[str, Student]
"""The students by their `key`."""


def load(path: Path) -> dict[str, Student]:
    """Reads the file. Raises RosterTrouble."""
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise RosterTrouble(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterTrouble(f"{path} is not UTF-8 text: save it as CSV UTF-8.") from error
    reader = Reader()
    found = reader.students(text)
    if reader.wrong:
        raise RosterTrouble("\n".join(f"{path}{one}" for one in reader.wrong))
    return found


def decoded(data: bytes) -> str:
    """The text of a file; Excel's "Unicode text" is UTF-16, with a mark that says so."""
    return data.decode("utf-16" if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig")


def key(id: str) -> str:
    """By what a student and a submission are found to belong together."""
    return clean_id(id).casefold()


class Finder:
    """Finds the student of a submission; each is found once.

    `names` are those of all submissions: a student of whose own one there is gets no other, whatever
    that is called.
    """

    def __init__(self, students: Roster, names: Iterable[str] = ()) -> None:
        self.left = dict(students)
        self.other = {name: id for id, one in students.items() for name in one.keys}
        sure = {self.exact(key(name)) for name in names}
        self.unsure = {id: one for id, one in students.items() if id not in sure}

    def find(self, name: str) -> Student | None:
        """The student whose id or other name this is; or what a platform makes of it."""
        id = key(name)
        found = self.exact(id)
        if found not in self.left:
            candidates = {one: self.unsure[one] for one in self.left.keys() & self.unsure.keys()}
            found = next(filter(None, (rule(id, candidates) for rule in RULES)), "")
        return self.left.pop(found, None)

    def exact(self, id: str) -> str:
        """The key of the student with this id or other name, or else the id itself."""
        return id if id in self.left else self.other.get(id, id)


def by_account(id: str, students: Roster) -> str:
    """GitHub Classroom: the name of a repository ends with the account, the longest of them."""
    ends = [
        one
        for one, student in students.items()
        if student.account and id.endswith(f"-{key(student.account)}")
    ]
    return max(ends, key=len, default="")


def by_number(id: str, students: Roster) -> str:
    """Canvas and Moodle: their own number of the student is in the name."""
    canvas, moodle = FROM_CANVAS.fullmatch(id), FROM_MOODLE.fullmatch(id)
    for one, student in students.items():
        if canvas and canvas[1] == student.canvas:
            return one
        if moodle and key(PARTICIPANT + moodle[2]) in (one, *student.keys):
            return one
    return ""


def by_name(id: str, students: Roster) -> str:
    """Moodle: the full name begins it, if only one student is called so."""
    match = FROM_MOODLE.fullmatch(id)
    same = [one for one, student in students.items() if match and key(student.name) == match[1]]
    return same[0] if len(same) == 1 else ""


RULES = (by_account, by_number, by_name)
"""How else a name may say whose submission it is."""


class Reader:
    """Reads the rows, and notes what is wrong with them."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.lines: dict[str, int] = {}

    def students(self, text: str) -> dict[str, Student]:
        """All of them."""
        try:
            rows = [(line, row) for line, row in rows_of(text) if any(map(str.strip, row))]
        except csv.Error as error:
            self.wrong.append(f" is not CSV: {error}.")
            return {}
        header = rows[0][1] if rows else []
        columns = self.columns(header)
        if not columns.keys() & set(IDS):
            return {}
        first = 1
        for at, (_, row) in enumerate(rows[: ABOVE + 1]):
            if plain(row[0]).casefold().startswith(TOTALS):
                first = at + 1
        found = [self.student(line, row, columns) for line, row in rows[first:]]
        return {key(one.id): one for one in found if one is not None}

    def columns(self, header: list[str]) -> dict[str, int]:
        """Where each column stands."""
        names = [re.sub(r"[\s_]+", " ", plain(cell)).strip().casefold() for cell in header]
        found = {}
        for column, words in HEADINGS.items():
            at = [index for index, name in enumerate(names) if name in words]
            if len(at) > 1:
                self.wrong.append(f":1: the column {column} appears twice.")
            if at:
                found[column] = at[0]
        if not found.keys() & set(IDS):
            some = ", ".join(cell for cell in header if cell)[:80] or "empty"
            self.wrong.append(
                f":1: the first line must name the columns, id among them; it is: {some}."
            )
        return found

    def student(self, line: int, row: list[str], columns: Mapping[str, int]) -> Student | None:
        """One line; None for one that is empty, or wrong."""
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        ids = [plain(cells.get(column, "")) for column in IDS]
        id = next(filter(None, ids), "")
        if not id:
            self.wrong.append(f":{line}: the id is missing.")
            return None
        other = self.lines.setdefault(key(id), line)
        if other != line:
            self.wrong.append(f":{line}: the id {id!r} is already in line {other}.")
        sis = plain(cells.get("identifier", ""))
        return Student(
            id,
            self.name(cells),
            self.days(line, cells.get("extension", "")),
            self.time(line, cells.get("submitted", "")),
            tuple(key(one) for one in ids if one and one != id),
            account=plain(cells.get("account", "")),
            sis="" if sis.casefold().startswith(PARTICIPANT) else sis,
            login=plain(cells.get("login", "")),
            email=plain(cells.get("email", "")),
            canvas=id if columns.keys() >= CANVAS else "",
        )

    def name(self, cells: Mapping[str, str]) -> str:
        """The whole name."""
        parts = [plain(cells.get(column, "")) for column in ("first", "last")]
        return plain(cells.get("name", "")) or " ".join(filter(None, parts))

    def days(self, line: int, text: str) -> Decimal:
        """An extension."""
        try:
            days = Decimal(text.replace(",", ".") or 0)
        except InvalidOperation:
            days = Decimal("nan")
        if days.is_finite() and 0 <= days <= MOST_DAYS:
            return days
        allowed = "it takes a number of days, such as 2 or 0.5"
        self.wrong.append(f":{line}: the extension is {text[:40]!r}; {allowed}.")
        return Decimal(0)

    def time(self, line: int, text: str) -> datetime | None:
        """When it was handed in."""
        if not text:
            return None
        exact = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", re.sub(r"\s*(UTC|GMT)$", "Z", text))
        try:
            made = datetime.fromisoformat(exact)
        except ValueError:
            made = None
        if made is not None and made.tzinfo:
            return made
        self.wrong.append(
            f":{line}: submitted is {text[:40]!r}; it takes a time such as 2027-02-01T23:59:00+01:00."
        )
        return None


def plain(text: str) -> str:
    """The text, composed, without characters that nobody sees, and without Excel's `="..."`."""
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(one for one in spaced if one.isprintable()).strip()
    return re.sub(r'^="(.*)"$', r"\1", kept)[:200]


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the numbers of their lines."""
    lines = text.splitlines(True)
    above = next((at for at, line in enumerate(lines) if line.strip()), 0)
    told = re.match(r'(?i)"?sep=\s*([^\s"]|\t)"?[,;\s]*$', "".join(lines[above : above + 1]))
    above += 1 if told else 0
    first = re.sub(r'"[^"]*"', "", "".join(lines[above : above + 1]))
    separator = told[1] if told else max(",;\t", key=lambda one: (first.count(one), one == ","))
    rest = io.StringIO("".join(lines[above:]), newline="")
    reader = csv.reader(rest, delimiter=separator, strict=True)
    try:
        for row in reader:
            yield reader.line_num + above, row
    except csv.Error as error:
        raise csv.Error(f"in line {reader.line_num + above}, {error}") from error
