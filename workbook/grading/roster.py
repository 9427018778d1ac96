"""The roster: a CSV file with who is in the class.

    id,name,extension
    ada,"Lovelace, Ada",2

`id` is the name of the submission's folder or archive, without its ending. `extension` is in days
after the due date. A column `submitted` may give the hand-in time where the submission itself
does not: a folder has no date. Other columns are left alone. Spreadsheets write such files in
several ways; a mark at the beginning, a line `sep=;`, semicolons, quotes and CRLF are all fine.

The lists that GitHub Classroom and Canvas export can be used as they are. In the former, a student is
the account on GitHub, whose name ends that of the repository.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from workbook.grading.submissions import clean_id

NAME = "roster.csv"

HEADINGS = {
    "repository": ("student repository name",),
    "account": ("github username",),
    "id": ("id", "student id", "login", "username", "user"),
    "identifier": ("identifier", "roster identifier", "id number", "sis user id"),
    "login": ("sis login id",),
    "email": ("email", "e mail", "email address"),
    "first": ("first name",),
    "last": ("last name", "surname"),
    "name": ("name", "student", "student name", "full name"),
    "extension": ("extension", "extension days", "days", "extra days"),
    "submitted": ("submitted", "submission time", "handed in"),
}
"""What a column may be called."""

IDS = ("id", "account", "identifier", "repository", "login", "email")
"""The columns that may say who a student is; the first of them is the id."""

TOTALS = "points possible"
"""What a line begins with that is about an assignment, and about no student."""

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


Roster = Mapping[str, Student]
"""The students by their `key`."""


def load(path: Path) -> dict[str, Student]:
    """Reads the file. Raises RosterTrouble."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise RosterTrouble(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterTrouble(f"{path} is not UTF-8 text: save it as CSV UTF-8.") from error
    reader = Reader()
    found = reader.students(text)
    if reader.wrong:
        raise RosterTrouble("\n".join(f"{path}{one}" for one in reader.wrong))
    return found


def key(id: str) -> str:
    """By what a student and a submission are found to belong together."""
    return clean_id(id).casefold()


class Finder:
    """Finds the student of a submission; each is found once."""

    def __init__(self, students: Roster) -> None:
        self.left = dict(students)
        self.other = {name: id for id, one in students.items() for name in one.keys}

    def find(self, name: str) -> Student | None:
        """The student whose id or other name this is, or whose account it ends with."""
        id = key(name)
        id = id if id in self.left else self.other.get(id, id)
        if id not in self.left:
            ends = [
                other
                for other, one in self.left.items()
                if one.account and id.endswith(f"-{key(one.account)}")
            ]
            id = max(ends, key=len, default=id)
        return self.left.pop(id, None)


class Reader:
    """Reads the rows, and notes what is wrong with them."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.lines: dict[str, int] = {}

    def students(self, text: str) -> dict[str, Student]:
        """All of them."""
        rows = rows_of(text)
        try:
            header = next(rows, (1, []))[1]
            columns = self.columns(header)
            found = [
                self.student(line, row, columns) for line, row in rows if columns.keys() & set(IDS)
            ]
        except csv.Error as error:
            self.wrong.append(f" is not CSV: {error}.")
            return {}
        return {key(one.id): one for one in found if one is not None}

    def columns(self, header: list[str]) -> dict[str, int]:
        """Where each column stands."""
        names = [re.sub(r"[\s_]+", " ", cell).strip().casefold() for cell in header]
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
        if not any(cell.strip() for cell in row):
            return None
        if plain(cells.get("name", "")).casefold().startswith(TOTALS):
            return None
        ids = [plain(cells.get(column, "")) for column in IDS]
        id = next(filter(None, ids), "")
        if not id:
            self.wrong.append(f":{line}: the id is missing.")
            return None
        other = self.lines.setdefault(key(id), line)
        if other != line:
            self.wrong.append(f":{line}: the id {id!r} is already in line {other}.")
        return Student(
            id,
            self.name(cells),
            self.days(line, cells.get("extension", "")),
            self.time(line, cells.get("submitted", "")),
            tuple(key(one) for one in ids if one and one != id),
            *(plain(cells.get(one, "")) for one in ("account", "identifier", "login", "email")),
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
        try:
            made = datetime.fromisoformat(text)
        except ValueError:
            made = None
        if made is not None and made.tzinfo:
            return made
        self.wrong.append(
            f":{line}: submitted is {text[:40]!r}; it takes a time such as 2027-02-01T23:59:00+01:00."
        )
        return None


def plain(text: str) -> str:
    """The text, composed, without characters that nobody sees."""
    kept = [one for one in unicodedata.normalize("NFC", text) if one.isprintable()]
    return "".join(kept).strip()[:200]


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the numbers of their lines."""
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?', first.strip("\r"))
    text, above = (rest, 1) if told else (text, 0)
    first = text.partition("\n")[0]
    separator = told[1] if told else max(",;\t", key=lambda one: (first.count(one), one == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for row in reader:
        yield reader.line_num + above, row
