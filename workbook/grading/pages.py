"""The pages: one per student, and one for the whole class.

Each is one file that needs nothing else: no network, no other file. A policy in its head allows the
one style and the one script in the page, by their hashes, and nothing else. Everything that comes
from a submission is escaped, and control characters are made visible. This module has what the
pages share, and the student's page; that of the class is in `classpage.py`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from pathlib import Path

from workbook import judging
from workbook.catalogue import Challenge, Step
from workbook.grading import explained, limits
from workbook.grading.config import Config
from workbook.grading.explained import Entry
from workbook.grading.gradebook import ERROR, MISSING, NOT_GRADED, UNUSABLE, Line, Mark, number
from workbook.grading.limits import Limits
from workbook.page import harmless

HERE = Path(__file__).resolve().parent

WORDS = {
    judging.SOLVED: ("solved", "✓"),
    judging.NOT_WRITTEN: ("empty", "·"),
    judging.WRONG: ("wrong", "✗"),
    judging.HUNG: ("hung", "∞"),
    judging.CRASHED: ("crashed", "!"),
    NOT_GRADED: ("error", "?"),
}
"""By verdict: the name of its style, and its sign, so that colour is never all there is."""


def clean(text: object) -> str:
    """A text for HTML: escaped, without characters that nobody sees."""
    return escape(harmless(str(text)))


# ---------------------------------------------------------------- the frame of a page


@lru_cache(maxsize=4)
def part(name: str) -> str:
    """The style or the script of the pages."""
    return (HERE / name).read_text("utf-8")


def allowed(text: str) -> str:
    """A style or a script, as a policy names it."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def head(title: str, name: str, script: str = "") -> str:
    """A page up to its content. It may use its style and this script, and no network."""
    style = part("page.css")
    scripts = f"script-src {allowed(script)}; " if script else ""
    policy = (
        f"default-src 'none'; style-src {allowed(style)}; {scripts}"
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{clean(title)}</title>\n<style>{style}</style>\n</head>\n"
        f'<body class="{name}">\n'
    )


def sign(verdict: str) -> str:
    """The sign of a verdict, which a screen reader leaves to the word beside it."""
    style, mark = style_of(verdict)
    return f'<span class="sign {style}" aria-hidden="true">{mark}</span>'


def style_of(verdict: str) -> tuple[str, str]:
    """The style and the sign of a verdict."""
    return WORDS.get(verdict, WORDS[NOT_GRADED])


def tiles(pairs: Iterable[tuple[str, str]]) -> str:
    """Numbers at a glance; what is given is HTML."""
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs)
    return f'<dl class="tiles">{rows}</dl>\n'


def of(points: Decimal, possible: Decimal) -> str:
    """Points of points possible."""
    return f"{number(points)} <small>of {number(possible)}</small>"


def moment(when: datetime | None) -> str:
    """A time, for people."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if when else "not known"


def count(number: int, noun: str) -> str:
    """So many: "1 student", "2 students"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def told(entries: Sequence[Entry]) -> str:
    """An explanation."""
    rows = []
    for place, entry in enumerate(entries):
        more = " begins" if entry.label == "test" and place else ""
        rows.append(
            f'<div class="{entry.kind}{more}"><dt>{clean(entry.label)}</dt>'
            f"<dd>{clean(entry.text)}</dd></div>"
        )
    return f'<dl class="told">{"".join(rows)}</dl>' if rows else ""


# ---------------------------------------------------------------- the page of a student


def student_page(line: Line, config: Config, steps: Sequence[Step | Challenge]) -> str:
    """The whole page of one student; nothing of the others, and of no hidden test."""
    return "".join(StudentPage(line, config, steps).parts())


class StudentPage:
    """The page of one student."""

    def __init__(self, line: Line, config: Config, steps: Sequence[Step | Challenge]) -> None:
        self.line = line
        self.config = config
        self.steps = [step for step in steps if step.group in config.steps]

    def parts(self) -> Iterator[str]:
        """Its parts, from top to bottom."""
        line = self.line
        who = line.name or line.id
        yield head(" · ".join(filter(None, [who, self.config.title])), "student")
        yield '<a class="skip" href="#work">Skip to the exercises</a>\n<header>\n'
        yield f"<h1>{clean(who)}</h1>\n"
        about = [line.id if line.name else "", self.config.title]
        yield f'<p class="quiet">{" · ".join(clean(one) for one in about if one)}</p>\n'
        yield "</header>\n<main>\n"
        yield tiles(self.numbers())
        yield from self.notes()
        yield self.table()
        yield '<div id="work" tabindex="-1">\n'
        for step in self.steps:
            yield from self.step(step)
        yield "</div>\n</main>\n"
        yield self.footer()

    def numbers(self) -> Iterator[tuple[str, str]]:
        """What it came to."""
        line, late = self.line, self.line.late
        solved = sum(mark.solved for mark in line.marks)
        if line.counts:
            yield "points", of(line.total, line.possible)
            yield "solved", f"{solved} <small>of {len(line.marks)}</small>"
        if late.percent:
            yield "late", f"{count(late.days, 'day')} <small>−{number(late.percent)} %</small>"

    def notes(self) -> Iterator[str]:
        """What else one has to know."""
        facts, line = self.line.facts, self.line
        if line.state == ERROR:
            yield note(f"{clean(explained.TROUBLE)} There are no points yet.")
        if line.state == UNUSABLE:
            yield note(f"{explained.UNUSABLE} {clean(facts.get('error', ''))}")
        late = line.late
        if late.days:
            yield note(
                f"Handed in {moment(late.submitted)}, due {moment(late.due)}: "
                f"{count(late.days, 'day')} late. {number(line.total)} of {number(line.earned)} "
                "points count."
            )
        if any(mark.facts.get("hidden") for mark in line.marks):
            yield note("Some of the checks are not shown on this page. They count like the others.")
        if hit := told_limits(facts.get("limits", ()), self.config):
            yield note("Your code ran into a limit: " + "; ".join(map(clean, hit)) + ".")
        if damaged := line.state != UNUSABLE and facts.get("damaged"):
            yield note(f"Only part of it could be graded. {clean(damaged)}")
        if used := facts.get("used"):
            rows = "".join(f"<li>{clean(one)}</li>" for one in used)
            yield note(f"This is how your submission was understood:<ul>{rows}</ul>")
        if refused := facts.get("refused"):
            rows = "".join(
                f"<li><code>{clean(one.get('name'))}</code>: {clean(one.get('why'))}</li>"
                for one in refused
            )
            yield note(f"Parts of your submission that were not used:<ul>{rows}</ul>")

    def table(self) -> str:
        """The points of the steps."""
        rows = []
        for step in self.steps:
            points, possible = self.line.of_step(step.group)
            mine = [mark for mark in self.line.marks if mark.step == step.group]
            rows.append(
                f'<tr><th scope="row"><a href="#s{step.group}">{step.group} {clean(step.title)}'
                f'</a></th><td class="number">{sum(mark.solved for mark in mine)} of {len(mine)}</td>'
                f'<td class="number">{number(points)} of {number(possible)}</td>'
                f"<td>{bar(points, possible)}</td></tr>\n"
            )
        return (
            '<table class="plain">\n<caption>Points of each step</caption>\n<thead><tr>'
            '<th scope="col">step</th><th scope="col" class="number">solved</th>'
            '<th scope="col" class="number">points</th><td></td></tr></thead>\n'
            f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
        )

    def step(self, step: Step | Challenge) -> Iterator[str]:
        """The exercises of one step."""
        points, possible = self.line.of_step(step.group)
        yield f'<section aria-labelledby="s{step.group}">\n<h2 id="s{step.group}">'
        yield f"{clean(step.heading)} "
        yield f'<small class="quiet">{number(points)} of {number(possible)} points</small></h2>\n'
        for mark in self.line.marks:
            if mark.step == step.group:
                yield self.exercise(mark)
        yield "</section>\n"

    def exercise(self, mark: Mark) -> str:
        """One exercise, with its explanation."""
        one = mark.exercise
        graded = self.line.counts and self.line.state != MISSING
        entries = explained.explanation(mark, whole=True, hidden=False) if graded else []
        return (
            f'<article id="e{one.id}">\n<header><h3>{sign(mark.verdict)} {one.id} '
            f"{clean(one.title)}</h3><span>{clean(mark.verdict)}</span>"
            f'<span class="quiet">{number(mark.points)} of {number(mark.possible)} points'
            f"{place(mark)}</span></header>\n{told(entries)}</article>\n"
        )

    def footer(self) -> str:
        """How it was graded."""
        facts = self.line.facts
        rows = [f"Handed in: {moment(self.line.late.submitted)}."] if facts else []
        if facts.get("graded"):
            rows.append(f"Graded: {clean(facts['graded'])}, with the seed {clean(facts['seed'])}.")
        return f'<footer class="quiet"><p>{" ".join(rows)}</p></footer>\n</body>\n</html>\n'


def note(text: str) -> str:
    """A note; the text is HTML."""
    return f'<div class="note">{text}</div>\n'


def place(mark: Mark) -> str:
    """Where the code is."""
    facts = mark.facts
    return f" · {clean(facts['file'])}:{clean(facts['line'])}" if facts.get("file") else ""


def told_limits(names: Iterable[object], config: Config) -> list[str]:
    """The limits that were hit, in words."""
    had = Limits(**config.limits)  # type: ignore[arg-type]
    return [limits.told(str(name), had) for name in names if name in limits.WORDS]


def bar(part: Decimal | int, whole: Decimal | int) -> str:
    """A bar; the numbers stand beside it."""
    share = 100 * float(part) / float(whole) if whole else 0.0
    return (
        '<svg class="bar" aria-hidden="true" focusable="false">'
        f'<rect width="{share:.0f}%" height="100%"/></svg>'
    )
