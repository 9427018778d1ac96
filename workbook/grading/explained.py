"""The explanation of a failure for a page: the checker's own, in entries instead of rows.

`workbook.explaining` decides what is said, in which order, and how much; here it only gets
another form, which a browser can wrap. An entry is a label, a kind and a text: "prose" flows, "code"
stands in columns.
"""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from workbook import judging
from workbook.catalogue import Exercise
from workbook.explaining import Explainer
from workbook.grading.gradebook import NOT_GRADED, Mark
from workbook.judging import Verdict
from workbook.page import Page, harmless
from workbook.running import Result

COLUMNS = 92
"""Characters of a value in a row."""

MOST = 20_000
"""Characters of one explanation."""

BOX = re.compile(r'(^\s*File ")[^"\n]*/box/(?=steps/)', re.M)
"""In a traceback: where a submission lay while it was graded."""

NOT_SHOWN = "A check that is not shown here did not pass."

TROUBLE = "The grader could not check this. That is not your fault; someone has to look into it."


UNUSABLE = "Nothing that was handed in could be graded."


class Entry(NamedTuple):
    """A piece of an explanation."""

    label: str
    kind: str
    text: str


class Collector(Explainer):
    """Collects the explanation of one exercise."""

    def __init__(self, exercise: Exercise) -> None:
        super().__init__(Page(io.StringIO()), exercise.root)
        self.columns = COLUMNS
        self.entries: list[Entry] = []

    def heading(self, verdict: Verdict) -> str:
        """None: a page has its own."""
        return ""

    def row(self, label: str, text: str) -> None:
        """A paragraph, which the browser wraps."""
        self.add(label, "prose", harmless(text))

    def prose(self, label: str, text: str) -> None:
        """Lines, which the browser wraps."""
        for line in harmless(text).splitlines():
            self.add(label, "lines", line)
            label = ""

    def rows(self, label: str, lines: list[str]) -> None:
        """Rows that stand as they are."""
        for line in lines:
            self.add(label, "code", line)
            label = ""

    def printed(self, label: str, text: str) -> None:
        """What was printed, with tracebacks as they are at the student's."""
        super().printed(label, BOX.sub(lambda found: f"{found[1]}{self.root.as_posix()}/", text))

    def add(self, label: str, kind: str, text: str) -> None:
        """One more; a row without a label goes on with the one before."""
        last = self.entries[-1] if self.entries else None
        if last and not label and last.kind == kind and kind != "prose":
            self.entries[-1] = last._replace(text=f"{last.text}\n{text}")
        else:
            self.entries.append(Entry(label, kind, text))


def explanation(mark: Mark, whole: bool, hidden: bool) -> list[Entry]:
    """What there is to say about an exercise: of its first bad test, or of the whole of it.

    `hidden` says whether the tests that students do not see may show in it.
    """
    if mark.solved:
        return []
    verdict = verdict_of(mark, hidden)
    if verdict.word in (judging.SOLVED, judging.NOT_WRITTEN) and not verdict.bad:
        return []
    collector = Collector(mark.exercise)
    collector.explain(verdict, whole)
    if not hidden and hidden_bad(mark):
        collector.row("test", NOT_SHOWN)
    return list(shortened(collector.entries))


def shortened(entries: Iterable[Entry]) -> Iterable[Entry]:
    """As many of them as a page has room for."""
    room = MOST
    for entry in entries:
        if len(entry.text) > room:
            yield entry._replace(text=f"{entry.text[:room]} [cut here]")
            return
        room -= len(entry.text)
        yield entry


def text_of(entries: Sequence[Entry]) -> str:
    """The same as plain text, for what takes nothing else."""
    rows: list[str] = []
    for entry in entries:
        first, *rest = entry.text.split("\n")
        rows += [f"{entry.label:<10}{first}".rstrip(), *(f"{'':<10}{one}" for one in rest)]
    return "\n".join(rows)


# ---------------------------------------------------------------- from the JSON of a result


def verdict_of(mark: Mark, hidden: bool = True) -> Verdict:
    """The verdict, as the explainer takes it."""
    facts = mark.facts
    rows = [row for row in facts.get("tests", ()) if hidden or not row.get("hidden")]
    results = [result_of(row) for row in rows]
    found = [one for one in results if one.outcome in judging.WORDS]
    verdict = Verdict(
        mark.exercise,
        judging.NOT_CHECKED if mark.verdict == NOT_GRADED else known(mark.verdict),
        bad=found,
        missing=str(facts.get("missing", "")),
        passed=sum(one.passed for one in results),
    )
    verdict.trouble = trouble_of(mark, hidden)
    return verdict


def known(word: str) -> str:
    """A verdict that the explainer knows."""
    words = {judging.SOLVED, judging.NOT_WRITTEN, judging.NOT_CHECKED, *judging.WORDS.values()}
    return word if word in words else judging.NOT_CHECKED


def trouble_of(mark: Mark, hidden: bool) -> str:
    """What kept the grader from seeing it."""
    told = str(mark.facts.get("trouble", ""))
    if mark.verdict == NOT_GRADED and not hidden:
        return TROUBLE  # pytest's own words may be about a test that nobody is to see
    return told if hidden else ""


FIELDS = frozenset(field.name for field in dataclasses.fields(Result))


def result_of(row: Mapping[str, Any]) -> Result:
    """One test."""
    facts: dict[str, Any] = {"title": "", "why": "", "exercise": None}
    facts |= {key: value for key, value in row.items() if key in FIELDS}
    facts |= {"id": str(row.get("test", "")), "output": str(row.get("printed", ""))}
    return Result(**facts)


def hidden_bad(mark: Mark) -> bool:
    """Whether a test that students do not see has not passed."""
    rows = mark.facts.get("tests", ())
    return any(row.get("hidden") and row.get("outcome") in judging.WORDS for row in rows)
