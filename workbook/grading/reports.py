"""Everything made from the results: the gradebook, the pages, and the exports for other programs.

One result is in memory at a time, from `results/ID.json` to its line in each of the reports. Each
report is written whole or not at all, and all of them again at every run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from workbook import catalogue
from workbook.grading import exports, feedback, files, pages, platforms, roster, submissions
from workbook.grading.classpage import ClassPage
from workbook.grading.config import Config
from workbook.grading.gradebook import ERROR, PARTLY, Gradebook, Line, line_of, missing
from workbook.grading.roster import Roster
from workbook.grading.run import results
from workbook.grading.submissions import Refusal

GRADEBOOK, CLASS, STUDENTS, EXPORTS = "gradebook.csv", "class.html", "students", "exports"
FEEDBACK = "feedback"
"""The names in the folder of the results."""

NO_RESULT = "The result on the disk makes no sense: grade it again."


@dataclass
class Written:
    """What the reports hold."""

    lines: int = 0
    strangers: list[str] = field(default_factory=list)
    """Submissions of nobody in the roster."""
    missing: list[str] = field(default_factory=list)
    """Students without a submission."""
    errors: list[str] = field(default_factory=list)
    """Students for whom the grader has not done all of its work."""

    def told(self) -> list[str]:
        """What an instructor should know, in sentences."""
        rows = (
            ("Not in the roster", self.strangers),
            ("Nothing handed in", self.missing),
            ("The grader could not finish its work for", self.errors),
        )
        return [f"{what}: {some(names)}." for what, names in rows if names]


def some(names: list[str], most: int = 10) -> str:
    """Names, but not too many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def write_reports(
    out: Path,
    config: Config | None = None,
    students: Roster | None = None,
    root: Path = catalogue.ROOT,
    left: Sequence[Refusal] = (),
) -> Written:
    """Writes all reports from the results that are in `out`."""
    config, students = config or Config(), students or {}
    steps = catalogue.groups(root)
    chosen = [one for step in steps if step.group in config.steps for one in step.exercises]
    done = Written()
    with (
        files.writing(out / GRADEBOOK, newline="") as file,
        files.writing(out / platforms.CANVAS, newline="") as canvas,
        files.writing(out / platforms.MOODLE, newline="") as moodle,
        contextlib.closing(ClassPage(config, steps)) as page,
    ):
        possible = sum((config.worth(one.id, one.points) for one in chosen), Decimal(0))
        books = platforms.Books(canvas, moodle, config, students, possible)
        book = Gradebook(file, config)
        for name, line in lines(out, config, students, chosen, done):
            book.add(line)
            books.add(line)
            page.add(line, name)
            if name:
                exports.write(out / EXPORTS, line, name)
                text = pages.student_page(line, config, steps)
                files.write(out / STUDENTS / f"{name}.html", text)
                files.write(out / FEEDBACK / f"{name}.md", feedback.markdown(line, config, steps))
        page.write(out / CLASS, done.strangers, left)
    return done


def lines(
    out: Path,
    config: Config,
    students: Mapping[str, roster.Student],
    chosen: list[catalogue.Exercise],
    done: Written,
) -> Iterator[tuple[str, Line]]:
    """A line for each result, in the order of the ids, then one for each student without any."""
    folder = out / "results"
    finder = roster.Finder(students, [path.stem for path in folder.glob("*.json")])
    for facts in results(folder):
        name = str(facts["id"])
        student = finder.find(name)
        if students and student is None:
            done.strangers.append(name)
        try:
            line = line_of(facts, student, config, chosen)
        except (AttributeError, KeyError, TypeError, ValueError):  # a result that nobody here wrote
            line = line_of({"id": name, "error": NO_RESULT}, student, config, chosen)
        if line.state in (ERROR, PARTLY):
            done.errors.append(name)
        done.lines += 1
        yield name, line
    for student in finder.left.values():
        done.missing.append(student.id)
        done.lines += 1
        yield "", missing(student, config, chosen)


def lying_about(name: str, source: Path, out: Path) -> Path | None:
    """A file of the instructor's that was not named: beside the submissions, or the results.

    In a folder of several submissions it is the instructor's. Beside a single one it may be the
    student's, who would set points with it, and is not read.
    """
    places = [out]
    if not submissions.is_single(source) and len(submissions.find(source, [out])) > 1:
        places.insert(0, source)
    return next((place / name for place in places if (place / name).is_file()), None)
