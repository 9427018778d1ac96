"""The explanation of a failure: what was sent, what was expected, what came, and what to do next.

    ✗ 2.5  Half a command                                  steps/s02_resp/parser.py:71
      test      Half a request waits for its other half.
      why       TCP is a stream: one recv may hold half a command, or three. ...
      called    parser.feed(b'NG\\r\\n')
      expected  [[b'PING']]
      got       []
                 ^ item 0 is missing
      again     python checker.py 2.5 --seed 4711
      next      python checker.py hint 2.5

All of it is made of `Verdict` and `Result`; nothing is run here.
"""

from __future__ import annotations

import ast
import re
import textwrap
import traceback
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbook import catalogue, judging, splice
from workbook.bootstrap import CHECKER
from workbook.catalogue import Exercise, position
from workbook.judging import Verdict
from workbook.page import Page, harmless, width, wrapped
from workbook.running import Result

LABEL = 10
"""Columns of a label and the space after it."""

INDENT = 2

ROWS = 6
"""Rows of a long value that are shown around the first difference, and of other long texts."""

MOST = 4
"""Tests of one exercise that are explained at once; once those pass, the next are shown."""

PRINTED = 12
"""How many lines of a test's output are shown."""

SIGNS = {
    judging.SOLVED: ("✓", "green"),
    judging.NOT_WRITTEN: ("·", "dim"),
    judging.WRONG: ("✗", "red"),
    judging.HUNG: ("✗", "red"),
    judging.CRASHED: ("✗", "red"),
    judging.NOT_CHECKED: ("–", "yellow"),
}


class Explainer:
    """Writes explanations on a page."""

    def __init__(self, page: Page, root: Path, options: str = "") -> None:
        self.page = page
        self.root = root
        self.options = options  # of this call, to repeat it: " --reference-below"
        self.columns = width() - INDENT - LABEL

    def explain(self, verdict: Verdict, whole: bool) -> None:
        """One exercise: its first failed test, or more. An error in here does not end the run."""
        try:
            self._explain(verdict, whole)
        except Exception as error:
            told = traceback.format_exception_only(error)[-1].strip()
            self.rows("trouble", [f"The checker could not explain this any further: {told}"])

    def _explain(self, verdict: Verdict, whole: bool) -> None:
        self.page.put(self.heading(verdict))
        begun = verdict.word == judging.NOT_WRITTEN
        slipped = slip(verdict, self.root)
        known = slipped or verdict.missing or verdict.word != judging.WRONG
        lacking = "" if known else lacks_result(verdict.exercise)
        found = [slipped] if slipped else different(verdict.bad)
        shown = [] if begun else found[: MOST if whole and not lacking else 1]
        if verdict.missing:
            self.row("found" if begun else "missing", verdict.missing)
        if lacking and shown:
            self.row("found", lacking)
        if verdict.trouble:
            told = harmless(verdict.trouble.strip()).splitlines()[-PRINTED:]
            self.prose("trouble", "\n".join(clipped(row, 2 * self.columns) for row in told))
        for number, result in enumerate(shown):
            if number:
                self.page.put()
            self.result(result, verdict, why=result is not slipped and not lacking)
        self.ending(verdict, 0 if begun else len(verdict.bad) - len(shown))

    def heading(self, verdict: Verdict) -> str:
        """Sign, id, title, and where the code is."""
        sign, colour = SIGNS[verdict.word]
        where = place(verdict.exercise, self.root)
        left = f"{sign} {verdict.exercise.id}  {verdict.exercise.title}"
        if verdict.word not in (judging.WRONG, judging.SOLVED):
            left += f"  ({verdict.word})"
        gap = width() - len(left) - len(where)
        painted = self.page.paint(left, "bold", *([colour] if colour != "dim" else []))
        if gap > 1:
            return f"{painted}{' ' * gap}{self.page.paint(where, 'cyan')}"
        return f"{painted}\n{' ' * (INDENT + LABEL)}{self.page.paint(where, 'cyan')}"

    # ------------------------------------------------------------ one test

    def result(self, result: Result, verdict: Verdict, why: bool) -> None:
        """One test that found something; `why` says whether that is what the test is about."""
        facts = result.facts
        where = facts.get("test") or facts.get("line", "").partition(": ")[0]
        self.row("test", result.title + (f"  ({where})" if where else ""))
        if why:
            self.row("why", result.why)
        ended = result.outcome == "crashed" and bool(result.server.strip())
        if ended:
            self.row("ended", "The server ended by itself, and printed this:")
            self.printed("server", result.server)
        self.what_was_done(result)
        self.what_came_of_it(result)
        self.where_it_was(result)
        if not facts and result.text.strip():
            told = harmless(result.text.strip()).splitlines()[-2 * PRINTED :]
            label = "skipped" if result.outcome == "skipped" else "pytest"
            self.rows(label, [clipped(row, 2 * self.columns) for row in told])
        self.printed("printed", result.output)
        if not ended:
            self.printed("server", result.server)

    def what_was_done(self, result: Result) -> None:
        """The call, the command, the bytes."""
        facts = result.facts
        for label in ("called", "command"):
            if facts.get(label):
                self.block(label, facts[label])
        if facts.get("line"):
            self.block("line", facts["line"].partition(": ")[2])
        if facts.get("sent"):
            self.block("sent", facts["sent"])
        seed = f"seed {facts['seed']}" if "seed" in facts else ""
        if note := ", ".join(filter(None, [facts.get("cut", ""), seed])):
            self.row("", note)
        if facts.get("said"):
            self.block("note", facts["said"])

    def what_came_of_it(self, result: Result) -> None:
        """Expected and got, or what else there is to say."""
        facts = result.facts
        if facts.get("found"):
            self.prose("found", facts["found"])
        mark = facts.get("mark")
        if "expected" in facts:
            self.block("expected", facts["expected"], mark)
        if "got" in facts:
            self.block("got", facts["got"], mark, facts.get("differs") or "differs here")
        if facts.get("expected") == facts.get("got") and "got" in facts:
            self.row("", "They look alike but are not equal. Are their types the same?")
        for left in facts.get("left", ()):
            self.row("left", left)
        if result.outcome == "hung" and "got" not in facts:
            self.row("got", "it was still running when the time for this test was up")

    def where_it_was(self, result: Result) -> None:
        """The learner's frames: of an exception, or at the moment when time was up."""
        facts = result.facts
        for label, key in (("at", "at"), ("stands at", "stack")):
            rows = list(facts.get(key, ()))
            if len(rows) > ROWS:
                rows = [rows[0], f"[{len(rows) - ROWS} more]", *rows[1 - ROWS :]]
            self.prose(label, "\n".join(rows))
        self.prose("await", "\n".join(facts.get("forgotten", ())))

    def printed(self, label: str, text: str) -> None:
        """What the learner's code has printed, without control characters."""
        lines = harmless(shorten(text, self.root).rstrip()).splitlines()
        if len(lines) > PRINTED:
            left = len(lines) - PRINTED
            half = PRINTED // 2
            note = f"[{left} line{'s' if left > 1 else ''} left out]"
            lines = [*lines[:half], note, *lines[-half:]]
        self.rows(label, [clipped(line, 2 * self.columns) for line in lines])

    # ------------------------------------------------------------ the end

    def ending(self, verdict: Verdict, others: int) -> None:
        """How to run it again, and the one next command."""
        id = verdict.exercise.id
        if others > 0:
            self.row("more", f"{others} more {'test' if others == 1 else 'tests'} of {id} failed")
        if verdict.waiting and verdict.word != judging.NOT_CHECKED:
            self.row("waits", waits(verdict))
        if verdict.spoiled:
            self.row("others", spoiled(verdict))
        seeds = [result.facts["seed"] for result in verdict.bad if "seed" in result.facts]
        seed = f" --seed {seeds[0]}" if seeds else ""
        self.row("again", f"{CHECKER} {id}{seed}{self.options}")
        if (following := next_command(verdict)) and not verdict.needs:
            self.row("next", following)

    # ------------------------------------------------------------ rows

    def row(self, label: str, text: str) -> None:
        """A label and a paragraph."""
        self.rows(label, wrapped(harmless(text), self.columns))

    def prose(self, label: str, text: str) -> None:
        """A label and lines; long ones are wrapped between words, with a hanging indentation."""
        for line in harmless(text).splitlines():
            room = " " * (len(line) - len(line.lstrip()))
            more = {"initial_indent": room, "subsequent_indent": room + "  "}
            self.rows(label, textwrap.wrap(line.strip(), self.columns, **more) or [""])  # type: ignore[arg-type]
            label = ""

    def rows(self, label: str, lines: list[str]) -> None:
        """A label and lines, the long ones wrapped."""
        for line in lines:
            for piece in _cut(line, self.columns):
                self.page.put(f"{' ' * INDENT}{self.label(label)}{piece}")
                label = ""

    def label(self, text: str) -> str:
        """A label in its column."""
        return self.page.paint(text, "dim") + " " * max(1, LABEL - len(text))

    def block(self, label: str, text: str, mark: int | None = None, note: str = "") -> None:
        """A value in rows of the page's width, with a mark below one character."""
        begins, rows = _broken(harmless(text), self.columns)
        at = None if mark is None else bisect_right(begins, mark) - 1
        for number in _chosen(len(rows), at or 0):
            if number < 0:
                self.rows(label, [f"[{-number} rows left out]"])
            else:
                self.rows(label, [rows[number]])
                if note and mark is not None and number == at:
                    self.rows("", self.caret(mark - begins[number], note))
            label = ""

    def caret(self, column: int, note: str) -> list[str]:
        """The mark, with its words beside it, on the side where there is room."""
        note = harmless(note)
        if column + len(note) + 2 <= self.columns:
            return [f"{' ' * column}^ {note}"]
        if len(note) + 1 <= column:
            return [f"{' ' * (column - len(note) - 1)}{note} ^"]
        return [f"{' ' * column}^", *wrapped(note, self.columns)]


def clipped(line: str, most: int) -> str:
    """A line that is not too long; where it goes on, it says so."""
    return line if len(line) <= most else line[: most - 30] + f" [{len(line) - most + 30} more]"


def _cut(text: str, columns: int) -> list[str]:
    """Lines no longer than the page; nothing is lost and nothing moved."""
    pieces = []
    for line in text.split("\n"):
        pieces += [line[at : at + columns] for at in range(0, max(len(line), 1), columns)]
    return pieces


def _broken(text: str, columns: int) -> tuple[list[int], list[str]]:
    """Where each row of a value begins, and the rows: they end between items or lines, if they can."""
    begins: list[int] = []
    rows: list[str] = []
    first = 0
    for line in text.split("\n"):
        at = 0
        while at < len(line) or not at:
            end = after = at + columns
            if end < len(line):
                comma, newline = (line.rfind(one, at + columns // 2, end) for one in (", ", r"\n"))
                if comma > newline:
                    end, after = comma + 1, comma + 2  # without the blank
                elif newline > 0:
                    end = after = newline + 2
            begins.append(first + at)
            rows.append(line[at:end])
            at = after
        first += len(line) + 1
    return begins, rows


def _chosen(count: int, at: int) -> Iterator[int]:
    """Which rows to show: all, or those around row `at`; -3 means that three are left out."""
    if count <= ROWS:
        yield from range(count)
        return
    first = max(0, min(at - ROWS // 2, count - ROWS))
    last = min(count, first + ROWS + 1)
    if first:
        yield -first
    yield from range(first, last)
    if count - last:
        yield last - count


def different(results: Sequence[Result]) -> list[Result]:
    """Those that have something new to say: another test, or a different exception."""
    kept: list[Result] = []
    known: set[object] = set()
    for result in results:
        said: set[object] = {result.id.partition("[")[0]}
        if raised := result.facts.get("raised"):
            said.add((raised, *result.facts.get("at", ())[-1:]))
        if not known & said:
            kept.append(result)
        known |= said
    return kept


UNREADABLE = re.compile(
    r"(Syntax|Indentation|Tab)Error\b|TypeError: Can't instantiate abstract class\b"
)
"""What Python says of code that it cannot even begin to run."""

SLIP = re.compile(r"(Name|UnboundLocal|Attribute|Type|Import|ModuleNotFound|Recursion)Error\b")
"""What it says of a line with a wrong name, or with a wrong kind of value, or that calls itself."""

PRINTED_ERROR = re.compile(
    r'^ *File "(?:[^"\n]*/)?(steps/[^"\n]+)", line (\d+), in (\w+)\n.*\n(?:[ ~^]+\n)?(\w+Error\b.*)',
    re.M,
)
"""The end of a traceback, as a server prints it that goes on."""


def slip(verdict: Verdict, root: Path) -> Result | None:
    """A test that ran into a mistake of the learner's which no test is about; None: there is no such.

    As long as it stands, nothing else is worth saying. A wrong kind of value may be what one test is
    about; so a line counts if it raises the same under tests with different whys.
    """
    learners = verdict.exercise.file.relative_to(root).as_posix() + ":"
    first: dict[tuple[str, str], Result] = {}
    for result in verdict.bad:
        told, line = error_of(result)
        if UNREADABLE.match(told):
            return result
        if (kind := SLIP.match(told)) and line.startswith(learners):
            same = first.setdefault((kind[0], line), result)
            if (
                kind[1] in ("Name", "Import", "ModuleNotFound", "Recursion")
                or same.why != result.why
            ):
                return same
    return None


def error_of(result: Result) -> tuple[str, str]:
    """The error that came out of the learner's code, or that a server has printed, and its line."""
    if told := result.facts.get("raised"):
        return told, (result.facts.get("at") or [""])[-1]
    for found in PRINTED_ERROR.finditer(result.output + result.server):
        file, number, function, error = found.groups()
        return error, f"{file}:{number} in {function}"
    return "", ""


def lacks_result(exercise: Exercise) -> str:
    """That a function which is to return something, or to yield it, never does; "" if it does."""
    node = None if exercise.whole else catalogue.function_of(exercise)
    if node is None or node.returns is None or isinstance(node.body[-1], ast.Raise):
        return ""
    kind = ast.unparse(node.returns)
    inside = list(splice.own_nodes(node))
    gives = (ast.Yield, ast.YieldFrom)
    if kind in ("None", "NoReturn") or any(
        isinstance(one, gives) or (isinstance(one, ast.Return) and one.value) for one in inside
    ):
        return ""
    if re.match(r"(Async)?(Iterator|Generator|Iterable)\b", kind):
        return f"`{node.name}` has no `yield` in it, so nothing comes out of it."
    return f"`{node.name}` has no `return` with a value in it, so it returns None."


def waits(verdict: Verdict) -> str:
    """How many of its tests wait, and for which exercises."""
    count = len(verdict.waiting)
    verb = "waits" if count == 1 else "wait"
    return f"{count} of its {verdict.tests} tests {verb} for {judging.listed(verdict.awaited)}"


def spoiled(verdict: Verdict) -> str:
    """How many of its tests fail through another exercise, and which that is."""
    count = len(verdict.spoiled)
    verb = "fails" if count == 1 else "fail"
    through = verdict.blamed or "other exercises"
    return f"{count} of its {verdict.tests} tests {verb} because of {through}."


def next_command(verdict: Verdict) -> str:
    """The one command to type next."""
    if verdict.needs:
        return f"{CHECKER} {verdict.needs}"
    if verdict.missing and verdict.word == judging.NOT_WRITTEN:
        return ""
    if verdict.missing:
        return f"{CHECKER} reset {verdict.exercise.id}"
    if verdict.word in (judging.SOLVED, judging.NOT_CHECKED):
        return ""
    return f"{CHECKER} hint {verdict.exercise.id}"


def place(exercise: Exercise, root: Path) -> str:
    """File and line of the learner's function, as an editor takes it."""
    found = position(exercise)
    return f"{found.file.relative_to(root).as_posix()}:{found.line}"


# ---------------------------------------------------------------- tracebacks in printed text

FRAME = re.compile(r'^(\s*)File "(.*)", line (\d+)(, in .*)?$')


def shorten(text: str, root: Path) -> str:
    """The text with each traceback cut down to the frames of the repository's own code."""
    kept: list[str] = []
    skipping = False
    base = root.as_posix() + "/"
    for line in text.splitlines():
        if found := FRAME.match(line):
            path = found[2].replace("\\", "/").removeprefix(base)
            skipping = not path.startswith(("steps/", "solutions/"))
            if not skipping:
                kept.append(f'{found[1]}File "{path}", line {found[3]}{found[4] or ""}')
        elif set(line) <= set(" ^~") and line.strip():
            continue  # the marks below a line; they differ between Python versions
        elif not (skipping and line.startswith("    ")):
            skipping = False
            kept.append(line)
    return "\n".join(kept)
