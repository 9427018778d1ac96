"""The page of the class: what it struggles with, and a map of students and exercises.

The map is a table of links, each to the place on a student's page that explains it. The script of the
page sorts and searches the table, and shows the explanation in place; it finds it in the page
itself, as data, which it puts there as text and never as HTML.

The page is written as the lines come in; parts that belong further down wait on disk.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from workbook import judging
from workbook.catalogue import Challenge, Exercise, Step
from workbook.grading import explained, files, similar
from workbook.grading.config import Config
from workbook.grading.explained import Entry
from workbook.grading.gradebook import (
    ERROR,
    MISSING,
    NOT_GRADED,
    PARTLY,
    UNUSABLE,
    Line,
    Mark,
    number,
)
from workbook.grading.pages import WORDS, bar, clean, head, moment, note, of, part, style_of, tiles
from workbook.grading.submissions import Refusal
from workbook.page import harmless

LEGEND = {
    **{word: word for word in WORDS},
    judging.HUNG: "hung: did not finish in time",
    NOT_GRADED: "error: the grader could not check it",
}

EMBEDDED = 48_000_000
"""Characters of explanations that the class page holds at most; the rest is on students' pages."""

HARDEST = 8
"""Rows of the lists of what the class struggles with."""

EACH = 2
"""Rows of one exercise among them."""

BINS = 10


class ClassPage:
    """The page of the class, line by line."""

    def __init__(self, config: Config, steps: Sequence[Step | Challenge]) -> None:
        self.config = config
        self.steps = [step for step in steps if step.group in config.steps]
        self.rows, self.texts = spool(), spool()
        self.known: dict[bytes, int] = {}
        self.size = 0
        self.states: Counter[str] = Counter()
        self.errors: list[str] = []
        self.unusable: list[tuple[str, str]] = []
        self.missing: list[str] = []
        self.shapes: dict[str, similar.Shapes] = {}
        self.totals: list[float] = []
        self.possible = Decimal(0)
        self.verdicts: dict[str, Counter[str]] = {one.id: Counter() for one in self.exercises()}
        self.whys: Counter[tuple[str, str, str]] = Counter()
        self.late = 0

    def exercises(self) -> Iterator[Exercise]:
        """The columns of the map."""
        return (one for step in self.steps for one in step.exercises)

    def close(self) -> None:
        """Gives back what is on the disk."""
        self.rows.close()
        self.texts.close()

    # ------------------------------------------------------------ one line

    def add(self, line: Line, page: str) -> None:
        """One student, with the name of the student's page, or ""."""
        self.states[line.state] += 1
        if line.state in (ERROR, PARTLY):
            self.errors.append(line.id)
        if line.state == UNUSABLE:
            self.unusable.append((line.name or line.id, str(line.facts.get("error", ""))))
        if line.state == MISSING:
            self.missing.append(line.name or line.id)
        if shapes := line.facts.get("shapes"):
            self.shapes[line.name or line.id] = shapes
        if line.counts and line.state != MISSING:
            self.totals.append(float(line.total))
        self.possible = max(self.possible, line.possible)
        self.late += bool(line.late.days)
        href = f"students/{quote(page)}.html" if page else ""
        self.rows.write(f"<tr>{self.who(line, href)}{self.sums(line)}")
        begun: int | str = 0
        for mark in line.marks:
            step = mark.step
            self.rows.write(self.cell(mark, href, step != begun, line))
            begun = step
        self.rows.write("</tr>\n")

    def who(self, line: Line, href: str) -> str:
        """The head of a row."""
        name = clean(line.name or line.id)
        more = f' <span class="quiet">{clean(line.id)}</span>' if line.name else ""
        shown = f'<a href="{href}">{name}</a>' if href else name
        return f'<th class="who" scope="row" title="{name} ({clean(line.id)})">{shown}{more}</th>'

    def sums(self, line: Line) -> str:
        """The total, and how late it was."""
        total = number(line.total)
        word = {ERROR: "error", MISSING: "none", UNUSABLE: "unusable"}.get(line.state)
        cells = (
            f'<td class="sum">{word}</td>'
            if word
            else f'<td class="sum" data-n="{total}">{total}</td>'
        )
        if self.config.due is None:
            return cells
        days = line.late.days
        words = f'{days} d<span class="unseen"> late</span>' if days else ""
        return f'{cells}<td class="sum" data-n="{days}">{words}</td>'

    def cell(self, mark: Mark, href: str, first: bool, line: Line) -> str:
        """One exercise of one student."""
        style, sign = style_of(mark.verdict)
        edge = " first" if first else ""
        if not href:
            return (
                f'<td class="{style}{edge}"><span aria-hidden="true">{sign}</span>'
                '<span class="unseen">not handed in</span></td>'
            )
        if line.counts:
            self.count(mark)
        id, word = mark.exercise.id, clean(mark.verdict)
        return (
            f'<td class="{style}{edge}"><a href="{href}#e{id}"{self.explanation(mark, line)} '
            f'aria-label="{id} {word}">{sign}</a></td>'
        )

    def count(self, mark: Mark) -> None:
        """Counts what the class struggles with."""
        self.verdicts[mark.exercise.id][mark.verdict] += 1
        if mark.solved:
            return
        if mark.verdict == judging.NOT_WRITTEN:
            return
        bad = explained.verdict_of(mark).bad
        for why in {result.why for result in bad if result.why}:
            title = next(result.title for result in bad if result.why == why)
            self.whys[mark.exercise.id, title, why] += 1

    def explanation(self, mark: Mark, line: Line) -> str:
        """An attribute with the number of the explanation among the texts of the page."""
        entries = explained.explanation(mark, whole=False, hidden=True)
        if line.state in (ERROR, UNUSABLE):
            entries = [Entry("trouble", "prose", harmless(str(line.facts.get("error", ""))))]
        if not entries:
            return ""
        text = json.dumps(entries).replace("<", "\\u003c")
        digest = hashlib.blake2b(text.encode(), digest_size=12).digest()
        if digest not in self.known:
            if self.size + len(text) > EMBEDDED:
                return ' data-far="1"'
            self.texts.write(f"{',' if self.known else ''}\n{text}")
            self.size += len(text)
            self.known[digest] = len(self.known)
        return f' data-x="{self.known[digest]}"'

    # ------------------------------------------------------------ the whole

    def write(
        self, path: Path, strangers: Sequence[str] = (), left: Sequence[Refusal] = ()
    ) -> None:
        """Writes the page."""
        with files.writing(path) as file:
            for piece in self.top(strangers, left):
                file.write(piece)
            copy(self.rows, file)
            file.write("</tbody>\n</table>\n</div>\n</div>\n</section>\n</main>\n")
            file.write(PANEL)
            file.write('<script type="application/json" id="texts">[')
            copy(self.texts, file)
            file.write(f"]</script>\n<script>{part('class.js')}</script>\n</body>\n</html>\n")

    def top(self, strangers: Sequence[str], left: Sequence[Refusal]) -> Iterator[str]:
        """All that stands before the rows of the map."""
        title = self.config.title or "The class"
        yield head(title, "class", part("class.js"))
        yield '<a class="skip" href="#map">Skip to the map of students and exercises</a>\n'
        yield f"<header>\n<h1>{clean(title)}</h1>\n"
        due = f" · due {moment(self.config.due)}" if self.config.due else ""
        yield f'<p class="quiet">as of {moment(datetime.now(UTC))}{due}</p>\n</header>\n<main>\n'
        yield from self.notes(strangers, left)
        yield tiles(self.numbers())
        yield '<div class="columns">\n'
        yield f"<div>\n{self.hardest()}{self.distribution()}</div>\n"
        yield self.commonest()
        yield "</div>\n"
        yield self.alike()
        yield from self.map_top()

    def notes(self, strangers: Sequence[str], left: Sequence[Refusal]) -> Iterator[str]:
        """What an instructor has to look into."""
        if self.errors:
            yield note(
                f"The grader could not finish its work for {listed(self.errors)}. That is not "
                "their fault: look at the error, and grade them again with <code>--regrade --only "
                "ID</code>."
            )
        if self.unusable:
            rows = "".join(f"<li>{clean(id)}: {clean(why)}</li>" for id, why in self.unusable)
            yield note(f"Nothing in these could be graded:<ul>{rows}</ul>")
        if left:
            rows = "".join(
                f"<li><code>{clean(one.name)}</code>: {clean(one.why)}</li>" for one in left
            )
            yield note(f"Found among the submissions, but not one of them:<ul>{rows}</ul>")
        if self.missing:
            yield note(f"Nothing was handed in by {listed(self.missing)}.")
        if strangers:
            yield note(f"Not in the roster: {listed(strangers)}.")

    def numbers(self) -> Iterator[tuple[str, str]]:
        """The class at a glance."""
        yield "students", str(self.states.total())
        handed = self.states.total() - self.states[MISSING]
        yield "handed in", str(handed)
        if self.totals:
            yield "median points", of(decimal(statistics.median(self.totals)), self.possible)
            yield "mean", of(decimal(statistics.fmean(self.totals)), self.possible)
        if self.config.due:
            yield "late", str(self.late)

    def hardest(self) -> str:
        """The exercises that most of those who wrote them have not solved."""
        tried = []
        for one in self.exercises():
            seen = self.verdicts[one.id]
            wrote = seen.total() - seen[judging.NOT_WRITTEN] - seen[NOT_GRADED]
            if missed := wrote - seen[judging.SOLVED]:
                tried.append((missed, wrote, one))
        tried.sort(key=lambda row: (-row[0] / row[1], -row[0], row[2].key))
        rows = "".join(
            f'<tr><th scope="row"><a href="#map" data-column="{one.id}">{one.id} {clean(one.title)}'
            f'</a></th><td class="number">{missed} of {wrote}</td><td>{bar(missed, wrote)}</td>'
            f'<td class="number">{self.verdicts[one.id][judging.NOT_WRITTEN]}</td></tr>\n'
            for missed, wrote, one in tried[:HARDEST]
        )
        heads = ["exercise", "not solved of written", "", "not written"]
        return self.list("Hardest exercises", heads, rows, "Nobody has got stuck yet.")

    def commonest(self) -> str:
        """The reasons that most failures have."""
        rows = "".join(
            f'<tr><td class="number">{seen}</td><th scope="row"><a href="#map" data-column="{id}">'
            f"{id} {clean(title)}</a></th><td>{clean(why)}</td></tr>\n"
            for (id, title, why), seen in self.most_common()
        )
        heads = ["students", "test", "why"]
        return self.list("Commonest mistakes", heads, rows, "No test has found a mistake yet.")

    def most_common(self) -> Iterator[tuple[tuple[str, str, str], int]]:
        """The commonest reasons, with no exercise taking all the room."""
        shown: Counter[str] = Counter()
        for key, seen in self.whys.most_common():
            if shown.total() < HARDEST and shown[key[0]] < EACH:
                shown[key[0]] += 1
                yield key, seen

    def list(self, title: str, heads: Sequence[str], rows: str, nothing: str) -> str:
        """One of the lists of what the class struggles with."""
        id = title.split()[0].lower()
        cells = "".join(
            f'<th scope="col"{NUMBER if one in NUMBERS else ""}>{one}</th>' if one else "<td></td>"
            for one in heads
        )
        table = (
            f'<table class="plain" aria-labelledby="{id}">\n<thead><tr>{cells}</tr></thead>\n'
            f"<tbody>\n{rows}</tbody>\n</table>\n"
        )
        return (
            f'<section>\n<h2 id="{id}">{title}</h2>\n'
            f"{table if rows else f'<p>{nothing}</p>'}</section>\n"
        )

    def distribution(self) -> str:
        """How many students have how many points, as a drawing with its numbers in words."""
        if not self.totals or not self.possible:
            return ""
        bins = [0] * BINS
        for total in self.totals:
            bins[min(int(total * BINS / float(self.possible)), BINS - 1)] += 1
        high = max(bins)
        bars = "".join(
            f'<rect x="{10 + 50 * at}" y="{90 - 70 * many / high:.1f}" width="44" '
            f'height="{70 * many / high:.1f}" rx="2"/>'
            f'<text x="{32 + 50 * at}" y="{85 - 70 * many / high:.1f}" text-anchor="middle">'
            f'{many or ""}</text><text x="{32 + 50 * at}" y="105" text-anchor="middle">'
            f"{at * 100 // BINS}–{(at + 1) * 100 // BINS}</text>"
            for at, many in enumerate(bins)
        )
        words = "; ".join(
            f"{many} with {at * 100 // BINS} to {(at + 1) * 100 // BINS} percent"
            for at, many in enumerate(bins)
            if many
        )
        return (
            '<section>\n<h2 id="points">Points</h2>\n<figure>\n'
            f'<svg class="chart" viewBox="0 0 514 112" role="img" aria-label="Students: {words}">'
            f'<line x1="6" x2="508" y1="90.5" y2="90.5"/>{bars}</svg>\n'
            '<figcaption class="quiet">Students by percent of the points possible</figcaption>\n'
            "</figure>\n</section>\n"
        )

    def alike(self) -> str:
        """Submissions that are built alike, as a hint; nothing if no two are."""
        found = similar.alike(self.shapes)
        if not found:
            return ""
        rows = "".join(
            f'<tr><th scope="row">{clean(one.one)} and {clean(one.other)}</th>'
            f'<td class="number">{one.percent} %</td><td>{listed(one.files, 4)}</td></tr>\n'
            for one in found
        )
        return (
            f'<section>\n<h2 id="alike">Built alike</h2>\n<p>{ALIKE}</p>\n'
            '<table class="plain" aria-labelledby="alike">\n<thead><tr><th scope="col">students</th>'
            '<th scope="col" class="number">alike</th><th scope="col">where</th></tr></thead>\n'
            f"<tbody>\n{rows}</tbody>\n</table>\n</section>\n"
        )

    # ------------------------------------------------------------ the map

    def map_top(self) -> Iterator[str]:
        """The heads of the map."""
        late = self.config.due is not None
        yield '<section>\n<h2 id="whole">Students and exercises</h2>\n'
        yield TOOLS
        yield f'<ul class="legend" aria-label="Signs">{"".join(legend())}</ul>\n</div>\n'
        yield '<div class="sides" id="sides">\n'
        yield '<div class="frame" role="region" aria-labelledby="whole" tabindex="0">\n'
        yield f'<table class="map" id="map" tabindex="-1">\n<caption>{CAPTION}</caption>\n'
        every = list(self.exercises())
        sums = '<col class="sum">' * (1 + late)
        yield f'<colgroup><col class="who">{sums}</colgroup>\n'
        for step in self.steps:
            yield f"<colgroup>{'<col class=one>' * len(step.exercises)}</colgroup>\n"
        yield f'<thead>\n<tr><td class="who"></td>{"<td></td>" * (1 + late)}'
        for step in self.steps:
            yield (
                f'<th class="step" scope="colgroup" colspan="{len(step.exercises)}" '
                f'title="{clean(step.heading)}">{step.group} {clean(step.title)}</th>'
            )
        yield "</tr>\n<tr>"
        yield '<th class="who" scope="col" data-sort="text">'
        yield '<button type="button">student</button></th>'
        for name in ("total", "late")[: 1 + late]:
            yield f'<th class="sum" scope="col" data-sort="number"><button type="button">{name}'
            yield "</button></th>"
        begun: int | str = 0
        for one in every:
            edge = ' class="first"' if one.group != begun else ""
            begun = one.group
            yield self.column(one, edge)
        yield "</tr>\n</thead>\n<tbody>\n"

    def column(self, one: Exercise, edge: str) -> str:
        """The head of one exercise."""
        title = clean(one.title)
        return (
            f'<th{edge} scope="col" data-sort="verdict" data-id="{one.id}" data-title="{title}" '
            f'data-points="{number(self.config.worth(one.id, one.points))}">'
            f'<button type="button" title="{one.id} {title}">{one.id}'
            f'<span class="unseen"> {title}</span></button></th>'
        )


ALIKE = (
    "A hint, not a verdict: much of their code has the same structure, even without the code that was "
    "handed out and the workbook’s answers. Students who learn together, or from the same source, "
    "often write similar code. Read both before you conclude anything."
)

NUMBER = ' class="number"'
NUMBERS = ("students", "not written", "not solved of written")

TOOLS = """<div class="tools">
<label>Find a student <input type="search" id="find" autocomplete="off" spellcheck="false"></label>
<span id="status" class="quiet" role="status"></span>
<span class="scroll" id="scroll" hidden>
<button type="button" id="left">◀ earlier steps</button>
<button type="button" id="right">later steps ▶</button>
</span>
"""

CAPTION = (
    "Click a cell for its explanation, or the head of a column to sort by it. With the keyboard: Tab "
    "into the map, arrows to move, Enter to open."
)

PANEL = """<dialog id="panel" aria-labelledby="what">
<div id="inside"></div>
<div class="buttons">
<button type="button" id="above">previous student</button>
<button type="button" id="below">next student</button>
<button type="button" id="shut">close</button>
<a id="page" href="#">the student's page</a>
</div>
</dialog>
"""


def legend() -> Iterator[str]:
    """The signs in words."""
    for verdict, (style, mark) in WORDS.items():
        yield f'<li><span class="{style}" aria-hidden="true">{mark}</span>{LEGEND[verdict]}</li>'


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names in a sentence, as HTML; not all, if there are many."""
    some = [clean(one) for one in names[:most]]
    more = [f"{len(names) - most} more"] if len(names) > most else []
    parts = some + more
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def decimal(value: float) -> Decimal:
    """A number with one digit behind the point."""
    return Decimal(value).quantize(Decimal("0.1"))


def copy(source: TextIO, target: TextIO) -> None:
    """Copies a file from its beginning."""
    source.seek(0)
    while piece := source.read(1 << 20):
        target.write(piece)


def spool() -> TextIO:
    """A file without a name, to hold something back."""
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
