"""Results in the forms that other programs take: Gradescope, GitHub Classroom, and JUnit.

Students may see each of these, so none shows an instructor's hidden tests. If one of those
is the reason an exercise is not solved, the export says so, and no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from workbook import judging
from workbook.grading import explained, files
from workbook.grading.explained import TROUBLE
from workbook.grading.gradebook import ERROR, NOT_GRADED, UNUSABLE, Line, Mark, number
from workbook.grading.pages import count
from workbook.page import harmless

NOT_WRITTEN = "It is not written yet."

MESSAGE = 700
"""Characters of an explanation in GitHub Classroom."""


def write(out: Path, line: Line, name: str) -> None:
    """All of them for one student whose files are called `name`."""
    pairs = {
        out / "gradescope" / name / "results.json": gradescope(line),
        out / "classroom" / f"{name}.json": classroom(line),
    }
    for path, facts in pairs.items():
        files.write(path, json.dumps(facts) + "\n")
    files.write(out / "junit" / f"{name}.xml", junit(line))


def plain(value: Decimal) -> int | float:
    """A number as JSON has it."""
    rounded = number(value)
    return float(rounded) if "." in rounded else int(rounded)


def output(mark: Mark) -> str:
    """What there is to say about an exercise."""
    if mark.facts.get("unusable"):
        return explained.UNUSABLE
    entries = explained.explanation(mark, whole=False, hidden=False)
    if entries or mark.verdict != judging.NOT_WRITTEN:
        return explained.text_of(entries)
    return NOT_WRITTEN


def titled(mark: Mark) -> str:
    """The name of an exercise."""
    return f"{mark.exercise.id} {mark.exercise.title}"


def milliseconds(mark: Mark) -> int:
    """How long its tests took."""
    shown = [row for row in mark.facts.get("tests", ()) if not row.get("hidden")]
    return round(sum(1000 * float(row.get("seconds", 0)) for row in shown))


# ---------------------------------------------------------------- Gradescope


def gradescope(line: Line) -> dict[str, Any]:
    """The `results.json` of Gradescope's autograder, one of its tests for each exercise.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
    """
    told = [TROUBLE] if line.state == ERROR else []
    told += handed_in(line)
    if line.late.days:
        told.append(
            f"{count(line.late.days, 'day')} late: {number(line.total)} of the "
            f"{number(line.earned)} points below count."
        )
    if any(mark.facts.get("hidden") for mark in line.marks):
        told.append("Some of the checks are not shown here. They count like the others.")
    return {
        "score": plain(line.total) if line.counts else 0,
        "execution_time": round(float(line.facts.get("seconds", 0))),
        "output": "\n".join(told),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "score": plain(mark.points) if line.counts else 0,
                "max_score": plain(mark.possible),
                "status": "passed" if mark.solved and line.counts else "failed",
                "name": titled(mark),
                "number": mark.exercise.id,
                "output": output(mark) if line.counts else TROUBLE,
                "tags": [f"step {mark.step}"],
                "visibility": "visible",
            }
            for mark in line.marks
        ],
    }


def handed_in(line: Line) -> Iterator[str]:
    """What a student has to know of what was handed in, in sentences."""
    facts = line.facts
    if line.state == UNUSABLE:
        yield f"{explained.UNUSABLE} {facts.get('error', '')}"
    elif facts.get("damaged"):
        yield f"Only part of it could be graded. {facts['damaged']}"
    yield from map(str, facts.get("used", ()))
    for one in facts.get("refused", ()):
        yield f"{one.get('name')} was not used: {one.get('why')}."


# ---------------------------------------------------------------- GitHub Classroom


def classroom(line: Line) -> dict[str, Any]:
    """A result as the graders of GitHub Classroom hand it to its reporter.

    https://github.com/classroom-resources/autograding-grading-reporter takes it in base64.
    """
    tests = [
        {
            "name": titled(mark),
            "status": status(mark, line),
            "score": plain(mark.points) if line.counts else 0,
            "max_score": plain(mark.possible),
            "message": "" if mark.solved else short(output(mark)) if line.counts else TROUBLE,
            "test_code": f"python checker.py {mark.exercise.id}",
            "filename": str(mark.facts.get("file", "")),
            "line_no": int(mark.facts.get("line", 0)),
            "execution_time": milliseconds(mark),
        }
        for mark in line.marks
    ]
    return {
        "version": 1,
        "status": summary([str(one["status"]) for one in tests]),
        "max_score": plain(line.possible),
        "tests": tests,
    }


def short(text: str) -> str:
    """The beginning of a text: all of them travel in one variable, which holds some 100 kB."""
    return text if len(text) <= MESSAGE else f"{text[:MESSAGE]} [cut here]"


def status(mark: Mark, line: Line) -> str:
    """One of its three words."""
    if line.state == ERROR or mark.verdict == NOT_GRADED:
        return "error"
    return "pass" if mark.solved else "fail"


def summary(words: Sequence[str]) -> str:
    """The word for all."""
    return next((one for one in ("error", "fail") if one in words), "pass")


# ---------------------------------------------------------------- JUnit


def junit(line: Line) -> str:
    """JUnit's XML: a suite for each step, a case for each test."""
    top = Xml.Element("testsuites", name="workbook")
    counts: dict[str, int] = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for step in sorted({mark.step for mark in line.marks}):
        marks = [mark for mark in line.marks if mark.step == step]
        cases = [case for mark in marks for case in cases_of(mark, line)]
        own = {
            name: sum(case.find(tag) is not None for case in cases) for name, tag in TAGS.items()
        }
        seconds = sum(float(case.get("time", "0")) for case in cases)
        suite = Xml.SubElement(
            top, "testsuite", name=f"step {step}", tests=str(len(cases)), time=f"{seconds:.3f}"
        )
        for name, value in own.items():
            suite.set(name, str(value))
        suite.extend(cases)
        for name in counts:
            counts[name] += len(cases) if name == "tests" else own[name]
    for name, value in counts.items():
        top.set(name, str(value))
    Xml.indent(top)
    text = Xml.tostring(top, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def cases_of(mark: Mark, line: Line) -> Iterator[Xml.Element]:
    """The tests of one exercise; one for all that are not shown, where there are such."""
    if line.state == ERROR or mark.verdict == NOT_GRADED:
        yield case(mark, "checks", trouble=TROUBLE)
        return
    shown = [row for row in mark.facts.get("tests", ()) if not row.get("hidden")]
    for row in shown:
        yield one_case(mark, row)
    if mark.facts.get("hidden"):
        bad = explained.hidden_bad(mark)
        yield case(mark, "checks that are not shown", failed=explained.NOT_SHOWN if bad else "")
    elif not shown:
        left = "" if mark.solved else mark.verdict
        yield case(mark, "checks", skipped=left)


def one_case(mark: Mark, row: dict[str, Any]) -> Xml.Element:
    """One test."""
    name = str(row.get("title") or row.get("test"))
    outcome = str(row.get("outcome"))
    seconds = float(row.get("seconds", 0))
    if outcome == "passed":
        return case(mark, name, seconds)
    if outcome not in judging.WORDS:
        return case(mark, name, seconds, skipped=outcome)
    alone = replace(mark, facts={**mark.facts, "tests": [row], "hidden": 0})
    return case(mark, name, seconds, failed=str(row.get("why") or outcome), text=output(alone))


def case(
    mark: Mark,
    name: str,
    seconds: float = 0.0,
    failed: str = "",
    trouble: str = "",
    skipped: str = "",
    text: str = "",
) -> Xml.Element:
    """A case, with at most one thing in it."""
    made = Xml.Element(
        "testcase", classname=mark.exercise.id, name=valid(name), time=f"{seconds:.3f}"
    )
    for tag, message in (("failure", failed), ("error", trouble), ("skipped", skipped)):
        if message:
            inner = Xml.SubElement(made, tag, message=valid(message))
            inner.text = valid(text) or None
            break
    return made


def valid(text: str) -> str:
    """A text in the characters that XML has."""
    return harmless(text)
