"""Feedback as one Markdown file per student: what the student's page says, for a pull request or a mail.

What students wrote is fenced or escaped, so none of it becomes a link, an image or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbook.catalogue import Challenge, Step
from workbook.grading import explained
from workbook.grading.config import Config
from workbook.grading.exports import handed_in, plain
from workbook.grading.gradebook import ERROR, MISSING, Line, Mark
from workbook.grading.pages import count, style_of
from workbook.page import harmless


def markdown(line: Line, config: Config, steps: Sequence[Step | Challenge]) -> str:
    """The whole file; nothing of other students, and of no hidden test."""
    return "\n".join(parts(line, config, steps)) + "\n"


def parts(line: Line, config: Config, steps: Sequence[Step | Challenge]) -> Iterator[str]:
    """Its lines."""
    yield f"# {escaped(line.name or line.id)}\n"
    if config.title:
        yield f"{escaped(config.title)}\n"
    if line.state == ERROR:
        yield f"{explained.TROUBLE}\n"
    else:
        yield f"**{plain(line.total)} of {plain(line.possible)} points**\n"
    if line.late.days:
        counted = f"{plain(line.total)} of {plain(line.earned)} points"
        yield f"{count(line.late.days, 'day')} late: {counted} count.\n"
    for said in handed_in(line):
        yield f"- {escaped(said)}"
    yield "\n| step | solved | points |\n|---|--:|--:|"
    chosen = [step for step in steps if step.group in config.steps]
    for step in chosen:
        mine = [mark for mark in line.marks if mark.step == step.group]
        points, possible = line.of_step(step.group)
        solved = f"{sum(mark.solved for mark in mine)} of {len(mine)}"
        row = (
            f"{step.group} {escaped(step.title)}",
            solved,
            f"{plain(points)} of {plain(possible)}",
        )
        yield f"| {' | '.join(row)} |"
    for step in chosen:
        yield f"\n## {escaped(step.heading)}\n"
        for mark in line.marks:
            if mark.step == step.group:
                yield from exercise(mark, line)


def exercise(mark: Mark, line: Line) -> Iterator[str]:
    """One exercise, with its explanation in a fence."""
    sign = style_of(mark.verdict)[1]
    points = f"{plain(mark.points)} of {plain(mark.possible)} points"
    yield f"- {sign} **{mark.exercise.id} {escaped(mark.exercise.title)}**: {mark.verdict}, {points}"
    if not line.counts or line.state == MISSING or mark.facts.get("unusable"):
        return
    if entries := explained.explanation(mark, whole=True, hidden=False):
        text = harmless(explained.text_of(entries))
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text) or [""]))
        inside = "\n".join(f"  {row}".rstrip() for row in text.split("\n"))
        yield f"\n  {fence}text\n{inside}\n  {fence}\n"


def escaped(text: str) -> str:
    """A text that stands in Markdown as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~@&:])", r"\\\1", " ".join(harmless(str(text)).split()))
