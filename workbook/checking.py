"""A check: live progress, the verdicts, the explanation of what is wrong, and what to do next."""

from __future__ import annotations

import json
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

from workbook import bootstrap, catalogue, finished, judging, unreadable, wirelog
from workbook.blame import Blame, Waiting
from workbook.bootstrap import CHECKER
from workbook.calls import FAILED, SOLVED, UNSOLVED, Call, CallTrouble
from workbook.catalogue import Exercise
from workbook.explaining import SIGNS, Explainer, next_command, spoiled, waits
from workbook.judging import Verdict
from workbook.overview import WIDTH, about, heading
from workbook.page import Page
from workbook.progress import FILE, Progress
from workbook.running import Result
from workbook.standby import Standby

EXPLAINED = 3
"""Failures that are explained when many are found; one learns from one at a time."""


def run(call: Call) -> int:
    """`checker.py 4`, `4.2`, `all`: checks.

    `--seed N`, `--reference-below` (answers stand in for the steps below the first one that is
    checked), `--json`, `--wire` (each byte that the tests send and receive).
    """
    options = Options(call)
    chosen = call.exercises()
    if options.reference_below and not (call.root / "solutions").is_dir():
        raise CallTrouble("--reference-below uses the answers, but there is no folder solutions/.")
    call.prepare(only=bootstrap.CHECK)
    return check(call.root, chosen, options)


class Options:
    """The options of a check."""

    def __init__(self, call: Call) -> None:
        self.seed = call.number("--seed")
        self.reference_below = call.flag("--reference-below")
        self.json = call.flag("--json")
        self.wire = call.flag("--wire")
        self.stop = threading.Event()
        """Set by `watch`, to end a check that is out of date."""
        self.halves = False
        """Set by `watch`: its processes are ready, so that dividing even one exercise costs nothing."""

    @property
    def for_pytest(self) -> list[str]:
        """What pytest gets of them."""
        return [*self.seeded, *(wirelog.OPTIONS if self.wire else [])]

    @property
    def seeded(self) -> list[str]:
        """The seed for pytest, if there is one."""
        return [] if self.seed is None else [f"--seed={self.seed}"]

    @property
    def again(self) -> str:
        """What belongs to a call that does the same again."""
        return " --reference-below" if self.reference_below else ""


def check(root: Path, chosen: list[Exercise], options: Options) -> int:
    """Checks exercises, prints what was found, notes it, and returns the exit code."""
    recording = wirelog.recording(options.wire and not options.json)
    with recording, Standby(root) as standby:
        verdicts = find(root, chosen, options, standby)
    below = "" if options.reference_below else trouble_below(root, chosen)
    code = exit_code(verdicts)
    if options.json:
        print(json.dumps(facts(verdicts, root, below, code), indent=1))
    else:
        show(verdicts, root, below, options)
    return code


def find(root: Path, chosen: list[Exercise], options: Options, standby: Standby) -> list[Verdict]:
    """Runs the tests, with live progress, and notes the verdicts."""
    progress, live = Progress(root), Live(quiet=options.json)
    reference = below(root, chosen) if options.reference_below else []
    before = {exercise: progress.code(exercise) for exercise in chosen}
    unread = unreadable.verdicts(root, chosen)
    try:
        verdicts = judging.judge_all(
            root,
            [one for one in chosen if one not in unread],
            options.for_pytest,
            live.note,
            reference,
            options.stop,
            options.halves,
            standby.launch,
        )
        blame = Blame(root, options.seeded, options.stop, standby.launch)
        if (root / "solutions").is_dir():
            blame.settle(verdicts)
        else:
            written = [
                one
                for one in catalogue.every(root)
                if not catalogue.is_empty(one) and one.step <= max(one.step for one in chosen)
            ]
            Waiting(blame, progress, written).settle(verdicts)
    finally:
        live.end()
    judged = {**unread, **{verdict.exercise: verdict for verdict in verdicts}}
    verdicts = [judged[exercise] for exercise in chosen]
    # with answers below, it was not the learner's server that was checked
    if not options.reference_below and not options.stop.is_set():
        now = Progress(root)  # a file that was saved meanwhile is not what was checked
        seen = [
            verdict
            for verdict in verdicts
            if verdict.word not in (judging.NOT_WRITTEN, judging.NOT_CHECKED)
            and now.code(verdict.exercise) == before[verdict.exercise]
            and now.around(verdict.exercise) == progress.around(verdict.exercise)
            and now.beside(verdict.exercise) == progress.beside(verdict.exercise)
        ]
        now.note(
            {verdict.exercise: verdict.word for verdict in seen},
            {verdict.exercise: verdict.awaited for verdict in seen},
        )
    return verdicts


def exit_code(verdicts: list[Verdict]) -> int:
    """0 for nothing but solved; 3 where the checker's own trouble is all that is in the way."""
    left = [verdict for verdict in verdicts if verdict.word != judging.SOLVED]
    if not left:
        return SOLVED
    own = all(one.word == judging.NOT_CHECKED and not one.needs for one in left)
    return FAILED if own else UNSOLVED


# ---------------------------------------------------------------- the steps below


def below(root: Path, chosen: list[Exercise]) -> list[str]:
    """The packages of the steps below the first one that is checked."""
    first = min((exercise.step for exercise in chosen), default=0)
    return [step.package for step in catalogue.steps(root) if step.number < first]


WELL = ("empty", "solved", "waiting")
"""The states of which there is nothing to say."""


def trouble_below(root: Path, chosen: list[Exercise]) -> str:
    """A line about what is written below and is not known to be right; "" if nothing is."""
    progress = Progress(root)
    packages = below(root, chosen)
    states = {
        one.id: progress.state(one)
        for one in catalogue.exercises(root)
        if one.package in packages and one.key[0] > 0
    }
    open_ones = {id: state for id, state in states.items() if state not in WELL}
    if not open_ones:
        return ""
    bad = [id for id, state in open_ones.items() if state not in ("written", "stale")]
    some = bad or list(open_ones)
    rest = f" and {len(some) - 3} more" if len(some) > 3 else ""
    one = len(some) == 1
    what = "wrong" if bad else f"not checked in {'its' if one else 'their'} present form"
    ids = some if len(some) <= 3 else list(dict.fromkeys(id.partition(".")[0] for id in some))
    return (
        f"Below: {', '.join(some[:3])}{rest} {'is' if one else 'are'} {what}: "
        f"{CHECKER} {' '.join(ids)}"
    )


# ---------------------------------------------------------------- for people


def show(verdicts: list[Verdict], root: Path, below: str, options: Options) -> None:
    """Prints the verdicts, the first explanations, and the next step."""
    page = Page()
    explainer = Explainer(page, root, options.again)
    for verdict in verdicts:
        page.put(line(verdict, page))
        if verdict.word == judging.SOLVED and verdict.waiting:
            page.put(" " * 10 + page.paint(waits(verdict), "dim"))
        if verdict.spoiled:
            page.put(" " * 10 + page.paint(spoiled(verdict), "dim"))
    bad = [
        one
        for one in verdicts
        if one.word not in (judging.SOLVED, judging.NOT_WRITTEN) or one.missing
    ]
    bad.sort(key=lambda verdict: bool(verdict.needs))  # what it needs is explained before
    bad = [one for one in bad if one.bad or one.trouble or one.missing]
    first = {one.trouble: one for one in reversed(bad)}  # what several have in common is said once
    told = [one for one in bad if not one.trouble or first[one.trouble] is one][:EXPLAINED]
    for verdict in told:
        page.put()
        explainer.explain(verdict, whole=len(verdicts) == 1)
    if rest := [one for one in bad if one not in told]:
        page.put(f"\nNot explained here: {', '.join(one.exercise.id for one in rest)}.")
    solved = sum(verdict.word == judging.SOLVED for verdict in verdicts)
    page.put(f"\n{solved} of {len(verdicts)} solved.")
    if text := what_waits(verdicts):
        page.put(text)
    if below:
        ids = " ".join(dict.fromkeys(verdict.exercise.id.partition(".")[0] for verdict in verdicts))
        wanted = verdicts[0].exercise.id if len(verdicts) == 1 else ids
        page.put(below)
        if (root / "solutions").is_dir():
            again = f"{CHECKER} {wanted} --reference-below"
            page.put(f"To check on top of the answers: {again}")
    if options.reference_below:
        page.put(f"The answers were used for the steps below, so nothing is recorded in {FILE}.")
    if text := next_step(verdicts, root):
        page.put(text)


def line(verdict: Verdict, page: Page) -> str:
    """One verdict in a line."""
    sign, colour = SIGNS[verdict.word]
    word = f"{page.paint(sign, colour)} {page.paint(f'{verdict.word:<16}', colour)}"
    return f"  {verdict.exercise.id:<5} {word} {verdict.exercise.title[:52]}"


def what_waits(verdicts: list[Verdict]) -> str:
    """What to do about tests that wait; "" where none does."""
    solved = [one for one in verdicts if one.word == judging.SOLVED and one.waiting]
    if not solved:
        return ""
    names = judging.listed([one.exercise.id for one in solved])
    awaited = sorted({id for one in solved for id in one.awaited}, key=catalogue.id_key)
    root = solved[0].exercise.root
    missing = any(catalogue.is_open(catalogue.find(id, root)) for id in awaited)
    text = (
        f"{names} {judging.be(solved)} right as far as the checker can tell so far. Check again when "
        f"{judging.listed(awaited)} {judging.be(awaited)} {'written' if missing else 'right'}."
    )
    return textwrap.fill(text, WIDTH)


def next_step(verdicts: list[Verdict], root: Path) -> str:
    """One next command to type, where no explanation has said it already."""
    open_ones = [verdict for verdict in verdicts if verdict.word != judging.SOLVED]
    if not open_ones:
        awaited = {id for one in verdicts for id in one.awaited}
        broken = [id for id in awaited if not catalogue.is_open(catalogue.find(id, root))]
        if broken:
            return f"Next: {CHECKER} {min(broken, key=catalogue.id_key)}"
        return finished.text(root, {verdict.exercise.id for verdict in verdicts})
    first = min(open_ones, key=lambda verdict: bool(verdict.needs))
    if first.needs:
        needed = catalogue.find(first.needs, root)
        if catalogue.is_open(needed):
            return heading("Next: write", needed, root)
        return f"Next: {CHECKER} {needed.id}"
    if first.word == judging.NOT_WRITTEN and not first.missing:
        return heading("Next: write", first.exercise, root)
    return f"Next: {CHECKER} {first.exercise.id}" if len(verdicts) > 1 else ""


class Live:
    """One line in a terminal that shows how far it is, and what went wrong so far."""

    def __init__(self, quiet: bool = False) -> None:
        self.page = Page(sys.stderr)
        self.shown = self.page.terminal and not quiet
        self.known: set[str] = set()
        self.over: set[str] = set()
        self.bad: dict[str, None] = {}
        self.lock = threading.Lock()  # steps are checked side by side

    def note(self, result: Result) -> None:
        """A test that is to come, or one that is over."""
        with self.lock:
            self.known.add(result.id)
            if result.outcome != "not run":
                self.over.add(result.id)
                if result.outcome != "passed" and result.exercise:
                    self.bad[result.exercise] = None
            if self.shown and result.outcome != "not run":
                self.page.stream.write("\r" + self.page.plain(self.text(result))[:79].ljust(79))
                self.page.stream.flush()

    def text(self, result: Result) -> str:
        """The line."""
        done = len(self.over) * 20 // max(len(self.known), 1)
        bar = "●" * done + "·" * (20 - done)
        bad = f"  ✗ {' '.join(list(self.bad)[:5])}" if self.bad else ""
        return (
            f"  {bar}  {len(self.over)} of {len(self.known)} tests{bad}   {result.exercise or ''}"
        )

    def end(self) -> None:
        """Wipes the line."""
        if self.shown:
            self.page.stream.write(f"\r{'':<79}\r")
            self.page.stream.flush()


# ---------------------------------------------------------------- for programs


def facts(verdicts: list[Verdict], root: Path, below: str, code: int) -> dict[str, Any]:
    """A check as JSON.

    {"view": "check", "exit": 0 to 3, "solved", "of", "below": a sentence or "",
     "exercises": [{"id", "title", "points", "minutes", "file", "line", "verdict", "trouble",
                    "needs": an id or "", "waiting": [a test's id], "awaited": [an exercise's id],
                    "spoiled": [a test's id], "blamed": an id or "", "missing", "passed": a count,
                    "next": a command or "",
                    "failures": [{"test", "title", "why", "outcome", "seconds", "printed", "server",
                                  "text": pytest's own words, "facts"}]}]}

    A verdict is "solved", "not written yet", "wrong", "hung", "crashed" or "not checked"; what
    `facts` may hold stands in `workbook.evidence.Facts`. The tests in `waiting` called an exercise
    of `awaited`, which is empty and has no answer: they count neither as passed nor as failed. With
    "not checked", `needs` is the first of those, and no test could do without them. The tests in
    `spoiled` fail through the exercise `blamed` and pass over its answer: nor do they count.
    """
    return {
        "view": "check",
        "exit": code,
        "solved": sum(verdict.word == judging.SOLVED for verdict in verdicts),
        "of": len(verdicts),
        "below": below,
        "exercises": [verdict_facts(verdict, root) for verdict in verdicts],
    }


def verdict_facts(verdict: Verdict, root: Path) -> dict[str, Any]:
    """One verdict of it."""
    return {
        **about(verdict.exercise, root),
        "verdict": verdict.word,
        "trouble": verdict.trouble,
        "needs": verdict.needs,
        "waiting": [result.id for result in verdict.waiting],
        "awaited": verdict.awaited,
        "spoiled": [result.id for result in verdict.spoiled],
        "blamed": verdict.blamed,
        "missing": verdict.missing,
        "passed": verdict.passed,
        "next": next_command(verdict),
        "failures": [
            {
                "test": result.id,
                "title": result.title,
                "why": result.why,
                "outcome": result.outcome,
                "seconds": result.seconds,
                "printed": result.output,
                "server": result.server,
                "text": result.text,
                "facts": result.facts,
            }
            for result in verdict.bad
        ],
    }
