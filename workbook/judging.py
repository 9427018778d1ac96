"""From results of tests to a verdict on each exercise.

A verdict needs positive evidence. Solved means that each of the exercise's own tests was seen to
pass; if anything keeps the checker from seeing that, the verdict is "not checked", and it is not the
learner's fault.

Without `solutions/` a test may need an exercise that nobody has written yet. Such a test waits: it
says nothing about this one, for or against. If some have passed and all others wait, the exercise
is solved as far as it can be seen now, and the verdict names what the rest waits for. A test also
waits for an exercise in which an earlier test hung, and where there is no answer that could tell
whose fault it is, for one whose own tests fail (see `workbook.blame`).
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from workbook import catalogue, running
from workbook.catalogue import Exercise
from workbook.overlay import Overlay
from workbook.running import Launch, Result, Run
from workbook.unwritten import STUB, TOLD

SOLVED = "solved"
NOT_WRITTEN = "not written yet"
WRONG = "wrong"
HUNG = "hung"
CRASHED = "crashed"
NOT_CHECKED = "not checked"

SECONDS = 10.0
"""Seconds that a learner waits at most for a test that does not end."""

MOST = 4
"""Steps that are checked side by side, where there are processors for more."""

WORDS = {"failed": WRONG, "hung": HUNG, "crashed": CRASHED}
"""The verdict for the outcome of a test that found something."""


@dataclass
class Verdict:
    """What is known of one exercise, and the tests that say so."""

    exercise: Exercise
    word: str
    bad: list[Result] = field(default_factory=list)
    trouble: str = ""
    waiting: list[Result] = field(default_factory=list)
    """Tests that say nothing yet: they called an exercise which is empty and has no answer, or
    which is wrong itself."""
    awaited: list[str] = field(default_factory=list)
    """Those exercises, in order."""
    missing: str = ""
    """That the function is not there, or still has the stub's line below its code; a sentence."""
    passed: int = 0
    spoiled: list[Result] = field(default_factory=list)
    """Tests that fail through another exercise: over the answers to all others they pass."""
    blamed: str = ""
    """The id of that exercise, where it is a single one."""
    unrun: list[Result] = field(default_factory=list)
    """Tests that were left out, as two others had hung or crashed."""

    @property
    def tests(self) -> int:
        """How many tests of it were run."""
        return self.passed + len(self.bad) + len(self.waiting) + len(self.spoiled)

    @property
    def needs(self) -> str:
        """The exercise that has to come first, where nothing could be seen without it."""
        return self.awaited[0] if self.word == NOT_CHECKED and self.awaited else ""


def judge_all(
    root: Path,
    chosen: Sequence[Exercise],
    options: Sequence[str] = (),
    observe: Callable[[Result], None] = lambda result: None,
    reference: Iterable[str] = (),
    stop: threading.Event | None = None,
    halves: bool = False,
    launch: Launch = running.start,
) -> list[Verdict]:
    """Runs the tests of what is written, and judges each exercise by its own.

    An exercise that is still empty needs no test. Elsewhere its answer stands in for it, so that it
    does not make the others look wrong. In the packages of `reference` the answers stand in for
    whatever the learner wrote. `stop` ends the run before its end. With `halves`, the tests of a
    single exercise are run by two processes, too: worth it where two are ready. `launch` starts
    the processes.
    """
    written = [exercise for exercise in chosen if not catalogue.is_empty(exercise)]
    stop = stop or threading.Event()
    runs = run_steps(root, written, options, observe, frozenset(reference), stop, halves, launch)
    return [
        judge(exercise, runs[exercise.tests])
        if exercise in written
        else Verdict(exercise, NOT_WRITTEN)
        for exercise in chosen
    ]


def run_steps(
    root: Path,
    exercises: Sequence[Exercise],
    options: Sequence[str],
    observe: Callable[[Result], None],
    reference: frozenset[str],
    stop: threading.Event,
    halves: bool,
    launch: Launch,
) -> dict[Path, Run]:
    """Runs the tests of these exercises, several folders at a time; the runs by folder."""
    # belt and braces: no answer can ever stand in for what is being checked
    overlay = Overlay(empty=frozenset(one.hole for one in exercises), reference=reference)

    def one(folder: Path, part: tuple[int, int]) -> Run:
        own = [exercise.id for exercise in exercises if exercise.tests == folder]
        return running.run(
            root,
            files_of(folder, own),
            exercises=own,
            overlay=overlay,
            options=options,
            observe=observe,
            seconds=SECONDS,
            stop=stop,
            part=part,
            launch=launch,
            hold=True,
        )

    processors = max(1, min(os.cpu_count() or 1, MOST))
    lanes = processors + 1  # for tests wait, too: for a server to start, or for its silence
    # the later steps have the longer tests: they begin first, so that none is left alone at the end
    folders = sorted({exercise.tests for exercise in exercises}, reverse=True)
    divided = len(folders) == 1 and (halves or len(exercises) > 1)
    parts = min(processors, 2) if divided else 1
    jobs = [(folder, (part, parts)) for folder in folders for part in range(parts)]
    with ThreadPoolExecutor(lanes) as pool:
        try:
            runs = list(pool.map(lambda job: one(*job), jobs))
        except BaseException:  # Ctrl-C, above all: nobody waits for the rest
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return {
        folder: together(
            [run for (other, _), run in zip(jobs, runs, strict=True) if other == folder]
        )
        for folder in folders
    }


def files_of(folder: Path, ids: Sequence[str]) -> list[Path]:
    """The files of tests that name one of these exercises; pytest need not import the others."""
    return [file for file in all_files(folder) if any(id in file.read_text("utf-8") for id in ids)]


def all_files(folder: Path) -> list[Path]:
    """The files of tests in it."""
    return sorted([*folder.glob("test_*.py"), *folder.glob("transcripts/*.txt")])


def together(parts: Sequence[Run]) -> Run:
    """The parts of a run as one, with the tests in their order."""
    rows = zip_longest(*(part.results for part in parts))
    results = [result for row in rows for result in row if result is not None]
    trouble = "\n".join(part.trouble for part in parts if part.trouble)
    return Run(results, trouble, frozenset[str]().union(*(part.held for part in parts)))


def judge(exercise: Exercise, done: Run, alone: bool = False) -> Verdict:
    """The verdict that the run supports.

    It was run `alone` if answers stood in for all other exercises: then no test waits for any.
    """
    own = done.of(exercise.id)
    bad = [result for result in own if not result.passed]
    found = [result for result in bad if result.outcome in WORDS]
    awaited = {
        result.id: set() if alone else _awaited(result, exercise, done.held) for result in found
    }
    mine = [result for result in found if not awaited[result.id]]
    # others may hang in this one; and beside a server that ended nothing else is worth saying
    mine.sort(key=lambda one: (one.exercise != exercise.id, one.outcome != "crashed"))
    verdict = Verdict(
        exercise,
        SOLVED,
        bad=mine,
        waiting=[result for result in found if awaited[result.id]],
        awaited=sorted({id for ids in awaited.values() for id in ids}, key=catalogue.id_key),
        passed=len(own) - len(bad),
        unrun=[result for result in bad if result.outcome == "not run"],
    )
    if mine:
        empty = all(_is_stub(result, exercise) for result in mine)
        verdict.word = NOT_WRITTEN if empty else WORDS[mine[0].outcome]
        verdict.missing = _missing(exercise) or (_unfinished(exercise) if empty else "")
    elif len(bad) > len(found) or done.trouble or not verdict.passed:
        verdict.word = NOT_CHECKED
        verdict.bad = [result for result in bad if result not in verdict.waiting]
        verdict.trouble = done.trouble or ("" if own else NO_TESTS)
        if verdict.waiting and not verdict.trouble:
            verdict.trouble = needs(exercise.root, verdict.awaited)
    return verdict


def needs(root: Path, awaited: Sequence[str]) -> str:
    """A sentence on exercises without which nothing can be seen."""
    missing = any(catalogue.is_open(catalogue.find(id, root)) for id in awaited)
    what = "not written yet" if missing else "wrong"
    return f"Its tests need {listed(awaited, 'exercise')}, which {be(awaited)} {what}."


def listed(ids: Sequence[str], noun: str = "") -> str:
    """The ids as people write them: "exercises 2.6 and 2.7"."""
    some = list(ids) if len(ids) <= 4 else [*ids[:3], f"{len(ids) - 3} more"]
    names = " and ".join(filter(None, [", ".join(some[:-1]), some[-1]]))
    return f"{noun}{'s' if noun and len(ids) > 1 else ''} {names}".strip()


def be(things: Sequence[object]) -> str:
    """The verb that goes with this number."""
    return "is" if len(things) == 1 else "are"


def _awaited(result: Result, exercise: Exercise, held: frozenset[str]) -> set[str]:
    """The exercises that were called, and that nobody has written and nothing answers for.

    One in which a test hangs is held: it is a stub for the tests after it.
    """
    if _is_stub(result, exercise) or result.facts.get("hangs") == exercise.id:
        return set()
    if hangs := result.facts.get("hangs"):
        return {str(hangs)}
    others = {*map(str, result.facts.get("unwritten", ())), _named(result)} - {"", exercise.hole}
    return {
        one.id
        for one in (catalogue.every(exercise.root) if others else ())
        if one.hole in others and (one.hole in held or catalogue.is_open(one))
    }


def _named(result: Result) -> str:
    """The hole that the failure itself names."""
    if needs := result.facts.get("needs"):
        return str(needs)
    got = str(result.facts.get("got", ""))
    raised = re.compile(rf"^NotImplementedError: {STUB.pattern}$", re.M)
    said = TOLD.search(got) or raised.search(result.server)
    return said["hole"] if said else ""


def _unfinished(exercise: Exercise) -> str:
    """For code that was written above the stub's line, which is still there."""
    if exercise.whole:
        return ""
    name = exercise.file.relative_to(exercise.root).as_posix()
    line = catalogue.line_of_stub(exercise)
    where = f"{name}:{line}" if line else f"in {name}"
    return f"Your code runs into the stub's own line, {where}, and ends there: delete that line."


def _missing(exercise: Exercise) -> str:
    """What keeps the learner's function from being found; "" if nothing does."""
    name = exercise.file.relative_to(exercise.root).as_posix()
    try:
        exercise.file.read_bytes()
    except FileNotFoundError:
        return f"There is no file {name}."
    except OSError as error:
        return f"{name} can't be read: {error.strerror}."
    there = catalogue.exists(exercise)
    return "" if there else f"There is no function {exercise.qualname} in {name}."


NO_TESTS = "No test of this exercise was found."


def _is_stub(result: Result, exercise: Exercise) -> bool:
    if exercise.whole:
        name = exercise.file.relative_to(exercise.root).as_posix()
        # a stage is not written as long as its commands are not; an exercise is all of its module
        what = "" if exercise.challenge else exercise.stub_text
        return f"{what} is not written yet ({name}" in str(result.facts.get("got", ""))
    return f"NotImplementedError: {exercise.stub_text}\n" in result.text + "\n"
