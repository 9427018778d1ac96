"""Gradebooks for Canvas and Moodle: one column with the total, which each imports for an assignment.

Canvas finds a student by `ID`, its own number, then by `SIS User ID` and `SIS Login ID`; its
second line holds the points possible. A column is that of an assignment if it has its name.
https://github.com/instructure/canvas-lms/blob/master/lib/gradebook_importer.rb

Moodle asks which column identifies a student, the email address or the ID number. A grade that is
imported without its feedback loses the feedback, so both are there.
https://docs.moodle.org/en/Grade_import

A student whose grading is not finished has no line: one would erase an older grade.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from workbook.grading.config import Config
from workbook.grading.gradebook import ERROR, PARTLY, Line, defused, number
from workbook.grading.pages import count
from workbook.grading.roster import Roster, Student, key

CANVAS, MOODLE = "gradebook-canvas.csv", "gradebook-moodle.csv"

TITLE = "Redis in Python"
"""The name of the assignment, if the settings have no title."""


class Books:
    """Both files, line by line."""

    def __init__(
        self, canvas: Any, moodle: Any, config: Config, students: Roster, possible: Decimal
    ) -> None:
        self.students = students
        self.canvas = csv.writer(canvas, lineterminator="\n")
        self.moodle = csv.writer(moodle, lineterminator="\n")
        title = defused(config.title or TITLE)
        ids = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
        self.canvas.writerow([*ids, title])
        self.canvas.writerow(["    Points Possible", "", "", "", "", number(possible)])
        self.moodle.writerow(["ID number", "Email address", "Full name", title, "Feedback"])

    def add(self, line: Line) -> None:
        """One student."""
        if line.state in (ERROR, PARTLY):
            return
        student = self.students.get(key(line.id)) or Student(line.id)
        total = number(line.total)
        self.canvas.writerow([*map(defused, canvas_ids(line, student)), "", total])
        email = student.email or (line.id if "@" in line.id else "")
        who = (student.sis or line.id, email, line.name)
        self.moodle.writerow([*map(defused, who), total, defused(" ".join(feedback(line)))])


def canvas_ids(line: Line, student: Student) -> Iterator[str]:
    """The columns by which Canvas finds a student. Only Canvas knows its own numbers."""
    yield line.name or line.id
    yield student.canvas
    yield student.sis if student.canvas else ""
    yield student.login if student.canvas else line.id


def feedback(line: Line) -> Iterator[str]:
    """What it came to, in a few sentences."""
    solved = sum(mark.solved for mark in line.marks)
    yield f"{solved} of {len(line.marks)} exercises are solved."
    if line.late.days:
        yield f"It was {count(line.late.days, 'day')} late: {number(line.late.percent)} % is taken off."
    if line.remark:
        yield line.remark
