"""The first checker: the map, the verdicts with pytest's own failure text, and the whole suite."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbook import bootstrap, catalogue, judging
from workbook.catalogue import Exercise, Step
from workbook.judging import Verdict
from workbook.running import Result

USAGE = """\
python checker.py            the map: what is written, what is next
python checker.py 4          checks step 4
python checker.py 4.2        checks exercise 4.2
python checker.py all        checks everything
python checker.py test       the whole test suite; what follows goes to pytest
"""

SOLVED, UNSOLVED, WRONG_CALL, FAILED = 0, 1, 2, 3
INTERRUPTED = 130  # as shells have it for Ctrl-C
WIDTH = 80


class CallTrouble(Exception):  # noqa: N818 - it is what it says
    """The call is wrong. The message is one sentence that says what there is instead."""


def main(arguments: Sequence[str], root: Path = catalogue.ROOT) -> int:
    """The command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        return dispatch(list(arguments), root)
    except (CallTrouble, catalogue.CatalogueError, bootstrap.EnvironmentTrouble) as error:
        print(textwrap.fill(str(error), WIDTH), file=sys.stderr)
        return WRONG_CALL
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        print("\nThe checker itself failed; this says nothing about your code.", file=sys.stderr)
        return FAILED


def dispatch(arguments: list[str], root: Path) -> int:
    """Tells the calls apart."""
    match arguments:
        case []:
            return show_map(root)
        case ["-h" | "--help" | "help"]:
            print(USAGE, end="")
            return SOLVED
        case ["test", *rest]:
            return whole_suite(root, rest)
        case _:
            chosen, options = parse(arguments, root)
            bootstrap.prepare(root, ["learn"], arguments, only=bootstrap.CHECK)
            return check(root, chosen, options)


def parse(arguments: list[str], root: Path) -> tuple[list[Exercise], list[str]]:
    """The exercises asked for, in order and once each, and options for pytest."""
    words, options = list(arguments), []
    if "--seed" in words:
        at = words.index("--seed")
        if not "".join(words[at + 1 : at + 2]).isdigit():
            raise CallTrouble("--seed takes a number, such as --seed 4711.")
        options = [f"--seed={words[at + 1]}"]
        del words[at : at + 2]
    if not words:
        raise CallTrouble("Say what to check: a step, an exercise such as 4.2, or all.")
    chosen = {exercise.id: exercise for word in words for exercise in asked(word, root)}
    return sorted(chosen.values(), key=lambda exercise: exercise.key), options


def asked(word: str, root: Path) -> Iterable[Exercise]:
    """The exercises that one argument stands for."""
    if word == "all":
        return catalogue.exercises(root)
    if re.fullmatch(r"\d{1,3}", word):
        return catalogue.step(int(word), root).exercises
    if re.fullmatch(r"\d{1,3}\.\d{1,3}", word):
        return [catalogue.find(word, root)]
    numbers = [step.number for step in catalogue.steps(root)]
    raise CallTrouble(
        f"checker.py does not know {word!r}; it takes a step ({min(numbers)} to {max(numbers)}), "
        "an exercise such as 4.2, all, or test."
    )


# ---------------------------------------------------------------- the map


def show_map(root: Path) -> int:
    """Prints what is written and what is next. Reads the files only; nothing is run."""
    steps = catalogue.steps(root)
    empty = {one.id for step in steps for one in step.exercises if catalogue.is_empty(one)}
    print("A Redis server in ten steps\n")
    for step in steps:
        print(map_line(step, empty))
    every = [exercise for step in steps for exercise in step.exercises]
    written = len(every) - len(empty)
    print(f"\n{written} of {len(every)} exercises are written by you.")
    if written:
        print("To see which of them are right: python checker.py all")
    if following := next_one(every, empty):
        print(f"\n{heading('Next:', following, root)}\n      python checker.py {following.id}")
    return SOLVED


def map_line(step: Step, empty: set[str]) -> str:
    """One step: its name, and how many of its exercises are written."""
    done = [exercise.id not in empty for exercise in step.exercises]
    bar = "".join("#" if one else "." for one in done)
    title = step.title if step.number else f"{step.title} (optional)"
    state = "all written" if all(done) else f"{sum(done)} of {len(done)}" if any(done) else "-"
    return f"  {step.number:>2}  {title[:44]:<44}  {bar:<12}  {state}".rstrip()


def next_one(every: list[Exercise], empty: set[str]) -> Exercise | None:
    """The first exercise to write; the warm-up comes last, for it is optional."""
    left = [exercise for exercise in every if exercise.id in empty]
    return min(left, key=lambda exercise: (exercise.key[0] == 0, exercise.key), default=None)


def heading(lead: str, exercise: Exercise, root: Path) -> str:
    """Id, title, and where the code is; on two lines where one is too short."""
    where = place(exercise, root)
    left = f"{lead} {exercise.id} {exercise.title}".lstrip()
    gap = WIDTH - len(left) - len(where)
    return f"{left}{' ' * gap}{where}" if gap > 1 else f"{left}\n      {where}"


def place(exercise: Exercise, root: Path) -> str:
    """File and line of the learner's function, as an editor takes it."""
    position = catalogue.position(exercise)
    return f"{position.file.relative_to(root).as_posix()}:{position.line}"


# ---------------------------------------------------------------- a check


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


# ---------------------------------------------------------------- the whole suite


def whole_suite(root: Path, arguments: list[str]) -> int:
    """Runs all tests, in as many processes as there are processors; pytest's words are the last."""
    bootstrap.prepare(root, ["learn", "dev"], ["test", *arguments])
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal", *arguments]
    sys.stdout.flush()
    code = subprocess.run(command, cwd=root, check=False).returncode
    return {0: SOLVED, 1: UNSOLVED, 3: FAILED}.get(code, INTERRUPTED if code == 2 else WRONG_CALL)
