"""A check: the verdicts, and what is wrong where something is."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from workbook import bootstrap, judging
from workbook.calls import FAILED, SOLVED, UNSOLVED, Call
from workbook.catalogue import Exercise
from workbook.judging import Verdict
from workbook.overview import WIDTH, heading
from workbook.running import Result


def run(call: Call) -> int:
    """`checker.py 4`, `4.2`, `all`: checks."""
    seed = call.number("--seed")
    options = [] if seed is None else [f"--seed={seed}"]
    chosen = call.exercises()
    call.prepare(only=bootstrap.CHECK)
    return check(call.root, chosen, options)


def check(root: Path, chosen: list[Exercise], options: list[str]) -> int:
    """Checks exercises, prints the verdicts and the failures; returns the exit code."""
    counter = Counter()
    verdicts = judging.judge_all(root, chosen, options, counter.note)
    counter.end()
    for verdict in verdicts:
        print(f"  {verdict.exercise.id:<5} {verdict.word:<16} {verdict.exercise.title[:54]}")
    for verdict in verdicts:
        if verdict.word not in (judging.SOLVED, judging.NOT_WRITTEN):
            print()
            explain(verdict, root, whole=len(verdicts) == 1)
    solved = [verdict for verdict in verdicts if verdict.word == judging.SOLVED]
    print(f"\n{len(solved)} of {len(verdicts)} solved.")
    if step := next_step(verdicts, root):
        print(step)
    return exit_code({verdict.word for verdict in verdicts})


def exit_code(words: set[str]) -> int:
    """0 for nothing but solved; 3 where the checker's own trouble is all that is in the way."""
    left = words - {judging.SOLVED}
    return SOLVED if not left else FAILED if left == {judging.NOT_CHECKED} else UNSOLVED


def explain(verdict: Verdict, root: Path, whole: bool) -> None:
    """What is wrong with one exercise: its first bad test in pytest's words, or all of them."""
    print(heading("", verdict.exercise, root))
    if verdict.trouble:
        print(textwrap.indent(verdict.trouble, "  "))
    for result in verdict.bad if whole else verdict.bad[:1]:
        print(f"\n  {result.outcome}: {result.title}")
        print(wrapped("why: " + result.why))
        print(textwrap.indent(result.text, "    "))
        if result.output.strip():
            print(f"  printed meanwhile:\n{textwrap.indent(result.output.rstrip(), '    ')}")
    if len(verdict.bad) > 1 and not whole:
        others = "one more test" if len(verdict.bad) == 2 else f"{len(verdict.bad) - 1} more tests"
        print(f"\n  and {others} of {verdict.exercise.id}: python checker.py {verdict.exercise.id}")


def wrapped(text: str) -> str:
    """A paragraph within the width of the page."""
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="       ")


def next_step(verdicts: list[Verdict], root: Path) -> str:
    """One next command to type."""
    open_ones = [verdict for verdict in verdicts if verdict.word != judging.SOLVED]
    if not open_ones:
        return ""
    first = open_ones[0]
    if first.word == judging.NOT_WRITTEN:
        return heading("Next: write", first.exercise, root)
    return f"Next: python checker.py {first.exercise.id}" if len(verdicts) > 1 else ""


class Counter:
    """Counts the tests in a terminal, so that one sees that something happens."""

    def __init__(self) -> None:
        self.count = 0
        self.shown = sys.stderr.isatty()

    def note(self, result: Result) -> None:
        """One more."""
        self.count += 1
        if self.shown:
            sys.stderr.write(f"\r  {self.count} tests done ")
            sys.stderr.flush()

    def end(self) -> None:
        """Wipes the line."""
        if self.shown:
            sys.stderr.write(f"\r{'':<40}\r")
