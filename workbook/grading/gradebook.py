"""`gradebook.csv`: one line per student, with the points of each step, what came off, and the total.

Nothing here was decided while the tests ran. Points, weights and what comes off for being late are
worked out again at every run, from the results and from what `grading.toml` and the roster say
now.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from workbook import judging
from workbook.catalogue import Exercise
from workbook.grading import files, job
from workbook.grading.config import Config
from workbook.grading.roster import Student
from workbook.page import harmless

Facts = Mapping[str, Any]

GRADED, PARTLY, ERROR, MISSING = "graded", "partly graded", "error", "no submission"
UNUSABLE = job.UNUSABLE
"""States of a line. In "partly graded" and "error" it is the grader that has not done its work; in
"unusable" there was nothing in what was handed in that could be graded."""

REMARK = 300
"""Characters of a remark."""

NOT_GRADED = "error"
"""The verdict on an exercise that the grader itself failed to check."""

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Mark:
    """One exercise of one student."""

    exercise: Exercise
    step: int | str
    verdict: str
    points: Decimal
    possible: Decimal
    facts: Facts = field(default_factory=dict)
    """The exercise as the result has it."""

    @property
    def solved(self) -> bool:
        """Whether it earns its points."""
        return self.verdict == judging.SOLVED


@dataclass(frozen=True)
class Lateness:
    """How late it was handed in, and what that costs."""

    submitted: datetime | None = None
    due: datetime | None = None
    """With the extension."""
    extension: Decimal = Decimal(0)
    days: int = 0
    percent: Decimal = Decimal(0)


@dataclass(frozen=True)
class Line:
    """All that the reports say of one student."""

    id: str
    name: str
    state: str
    marks: Sequence[Mark]
    late: Lateness
    facts: Facts = field(default_factory=dict)
    """The whole result."""

    @property
    def counts(self) -> bool:
        """Whether there are points to speak of."""
        return self.state != ERROR

    @property
    def remark(self) -> str:
        """Why it is as it is, and what was not taken; for the instructor, in one paragraph."""
        facts = self.facts
        told = [str(facts.get("error", "")), str(facts.get("damaged", ""))]
        told += [f"{one.get('name')}: {one.get('why')}." for one in facts.get("refused", ())]
        text = " ".join(dict.fromkeys(filter(None, told)))
        return text if len(text) <= REMARK else f"{text[:REMARK]} …"

    @property
    def earned(self) -> Decimal:
        """Points before anything comes off."""
        return sum((mark.points for mark in self.marks), Decimal(0))

    @property
    def possible(self) -> Decimal:
        """Points that can be had."""
        return sum((mark.possible for mark in self.marks), Decimal(0))

    @property
    def total(self) -> Decimal:
        """Points that count."""
        whole = self.earned * (100 - self.late.percent) / 100
        return whole.quantize(CENT, ROUND_HALF_UP)

    def of_step(self, step: int | str) -> tuple[Decimal, Decimal]:
        """Points and points possible of one step."""
        mine = [mark for mark in self.marks if mark.step == step]
        zero = Decimal(0)
        return sum((one.points for one in mine), zero), sum((one.possible for one in mine), zero)


# ---------------------------------------------------------------- from a result to a line


def line_of(
    facts: Facts, student: Student | None, config: Config, exercises: Sequence[Exercise]
) -> Line:
    """The line of one result. An exercise of which it says nothing earns nothing."""
    rows = {str(row.get("id")): row for row in facts.get("exercises", ())}
    state = {"graded": GRADED, UNUSABLE: UNUSABLE}.get(str(facts.get("state")), ERROR)
    none = {"verdict": judging.NOT_WRITTEN, "unusable": True} if state == UNUSABLE else None
    marks = [mark_of(one, rows.get(one.id, none), config) for one in exercises]
    if state == GRADED and any(mark.verdict == NOT_GRADED for mark in marks):
        state = PARTLY
    submitted = (student and student.submitted) or time_of(facts.get("submitted"))
    return Line(
        id=student.id if student else str(facts["id"]),
        name=student.name if student else "",
        state=state,
        marks=marks,
        late=lateness(submitted, student, config),
        facts=facts,
    )


def missing(student: Student, config: Config, exercises: Sequence[Exercise]) -> Line:
    """The line of a student of whom there is nothing."""
    marks = [mark_of(one, {"verdict": judging.NOT_WRITTEN}, config) for one in exercises]
    late = Lateness(None, due_of(student, config), student.extension)
    return Line(student.id, student.name, MISSING, marks, late)


def mark_of(exercise: Exercise, row: Facts | None, config: Config) -> Mark:
    """The mark for one exercise: all of its points or none."""
    possible = config.worth(exercise.id, exercise.points)
    verdict = str(row["verdict"]) if row else NOT_GRADED
    earned = possible if verdict == judging.SOLVED else Decimal(0)
    return Mark(exercise, exercise.group, verdict, earned, possible, row or {})


# ---------------------------------------------------------------- late


def lateness(submitted: datetime | None, student: Student | None, config: Config) -> Lateness:
    """How late, and what that costs. Where a time is not known, it costs nothing."""
    extension = student.extension if student else Decimal(0)
    due = due_of(student, config)
    late = config.late
    days = 0
    if submitted and due and submitted > due + minutes(late.grace_minutes):
        days = math.ceil((submitted - due) / timedelta(days=1))
    percent = min(days * late.percent_per_day, late.at_most_percent)
    if late.zero_after_days is not None and days > late.zero_after_days:
        percent = Decimal(100)
    return Lateness(submitted, due, extension, days, percent)


def due_of(student: Student | None, config: Config) -> datetime | None:
    """The due date of one student."""
    if config.due is None or student is None:
        return config.due
    return config.due + minutes(student.extension * 24 * 60)


def minutes(count: Decimal) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=float(count))


def time_of(text: object) -> datetime | None:
    """A time of a result."""
    try:
        made = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


# ---------------------------------------------------------------- the file


class Gradebook:
    """The file, line by line."""

    def __init__(self, file: Any, config: Config) -> None:
        self.steps = config.steps
        self.writer = csv.writer(file, lineterminator="\n")
        self.writer.writerow(self.header())

    def header(self) -> list[str]:
        """The names of the columns."""
        names = [f"step {one}" if isinstance(one, int) else one for one in self.steps]
        steps = [(name, f"{name} possible") for name in names]
        return [
            *("id", "name", "state"),
            *(name for pair in steps for name in pair),
            *("submitted", "due", "extension days", "days late", "percent off", "earned"),
            *("total", "possible", "remark"),
        ]

    def add(self, line: Line) -> None:
        """One student."""
        self.writer.writerow(list(self.cells(line)))

    def cells(self, line: Line) -> Iterator[str]:
        """The cells; where the grader has failed there are no points, and no zeros either."""
        late, counts = line.late, line.counts
        yield from (defused(line.id), defused(line.name), line.state)
        for step in self.steps:
            points, possible = line.of_step(step)
            yield from (number(points) if counts else "", number(possible))
        yield from (stamp(late.submitted), stamp(late.due), number(late.extension))
        yield from (str(late.days), number(late.percent))
        yield from (number(line.earned) if counts else "", number(line.total) if counts else "")
        yield number(line.possible)
        yield defused(line.remark)


def write(path: Path, lines: Iterable[Line], config: Config) -> None:
    """Writes the file whole."""
    with files.writing(path, newline="") as file:
        book = Gradebook(file, config)
        for line in lines:
            book.add(line)


def number(value: Decimal) -> str:
    """A number without zeros that say nothing: 3, 2.5, 1000."""
    text = f"{value.quantize(CENT, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def stamp(when: datetime | None) -> str:
    """A time, in UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20|%")
"""What a cell begins with that a spreadsheet may take for a formula or a command."""


def defused(text: str) -> str:
    """A text that a spreadsheet shows, and does not carry out."""
    clean = harmless(text).replace("\n", " ").replace("\t", " ")
    return f"'{clean}" if clean.lstrip().startswith(FORMULA) else clean
