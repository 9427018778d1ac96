"""Puts the learner's checks of step 8 on trial: are they silent about good code, loud about bugs?

Two processes take part. The *subject* is ours: made of the answers in `solutions/`, with one bug
planted or none, behind a port. The *check* is the learner's function in a process of its own, which
knows host and port and nothing else (`run_check`: this check against what listens there). A bug is
caught if the check raises AssertionError; a crash of the check, a hang or an early exit does not
count.

The subject has a say, too: a planted bug writes a line to stderr each time that it shows. So a bug
that slipped through has either never shown, or it showed and the check did not notice; and catching a
bug that never showed does not count.

Bugs are overlay files in `tests/s08_testing/bugs/`, good code in other words in `good/`. The first
line of a docstring says what it is; `Nudge:` helps a learner who has not caught it, `Caught by:` and
`Good for:` name the exercises.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workbook import catalogue, machine, wire
from workbook.overlay import ALL, Overlay

LIMIT = 10.0
"""Seconds that one check may take."""

AT_ONCE = 4
"""Trials that go on side by side."""

GOOD = 3
"""Good ones among the planted bugs, at most: a check that counts its runs can't predict the next."""

PRINTS = 2000
"""Characters that are shown of what a check prints."""

SHOWS = "the planted bug shows"
"""What a planted bug writes to stderr."""

KINDS = {"8.1": "store", "8.2": "server", "8.3": "parser"}
"""What each exercise tests."""

FROM = {"store": range(3, 4), "server": range(1, 8), "parser": range(2, 3)}
"""The steps that each kind is made of; it stands in the last one."""

SERVER = FROM["server"][-1]


class Unready(Exception):  # noqa: N818 - nothing is wrong, something is missing
    """There is nothing to test: without `solutions/`, it takes exercises that are still empty."""


@dataclass(frozen=True)
class Candidate:
    """Something to test: good code, or code with a planted bug."""

    name: str
    kind: str
    what: str
    path: Path | None = None
    nudge: str = ""


@dataclass(frozen=True)
class Finding:
    """How a check ended (passed, objected, wavered, raised, stub, hung, died); if the bug showed."""

    candidate: Candidate
    outcome: str
    text: str
    shown: bool
    output: str = ""

    @property
    def caught(self) -> bool:
        """Whether this is the catch of a planted bug."""
        return self.outcome == "objected" and self.shown


# ---------------------------------------------------------------- what there is to test


def bugs(root: Path, exercise: str) -> list[Candidate]:
    """The planted bugs that this exercise has to catch."""
    return _planted(root / "tests/s08_testing/bugs", exercise, "Caught by")


def good_ones(root: Path, exercise: str) -> list[Candidate]:
    """What this exercise has to pass: the answers as they are, first of all."""
    kind = KINDS[exercise]
    number = FROM[kind][-1]
    found = [Candidate(f"the {kind} of step {number}", kind, "nothing is wrong with it")]
    if exercise == "8.3" and (root / "solutions").is_dir():
        found.append(Candidate("the parser of step 8", "fast parser", "the same, and faster"))
    return found + _planted(root / "tests/s08_testing/good", exercise, "Good for")


def _planted(folder: Path, exercise: str, label: str) -> list[Candidate]:
    """The files of a folder that name this exercise behind the label."""
    found = []
    for path in sorted(folder.glob("*.py")):
        doc = ast.get_docstring(ast.parse(path.read_text("utf-8"), str(path))) or ""
        marks = dict(re.findall(r"^(\w[\w ]*): *(.+)$", doc, re.MULTILINE))
        if exercise in marks.get(label, "").split(", "):
            what = doc.partition("\n")[0]
            nudge = marks.get("Nudge", "")
            found.append(Candidate(path.stem, KINDS[exercise], what, path, nudge))
    return found


# ---------------------------------------------------------------- one trial


class Bench(wire.Process):
    """An object of the answers behind a port (see `workbook.trial_subject`)."""

    def __init__(self, kind: str, root: Path, cwd: Path, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "workbook.trial_subject", kind]
        super().__init__(command, cwd, _environment(root, env))
        try:
            self.port = int(self.wait_for(r"^subject listening on 127\.0\.0\.1:(\d+)\s*$")[1])
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Bench:
        return self


def _environment(root: Path, more: dict[str, str]) -> dict[str, str]:
    """The environment of a child. Its hashes are not random: a verdict must not be a dice throw."""
    paths = [machine.importable(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    fixed = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    return {**os.environ, **fixed, **more}


def subject(candidate: Candidate, root: Path, cwd: Path) -> Bench | wire.Server:
    """The candidate, running. Whatever the learner has written in any step, it is not in there."""
    plant = () if candidate.path is None else (candidate.path,)
    env = Overlay(reference=frozenset({ALL}), plant=plant).to_environment()
    if candidate.kind == "server":
        return wire.Server(SERVER, root=root, cwd=cwd, env={**env, "PYTHONHASHSEED": "0"})
    return Bench(candidate.kind, root, cwd, env)


def run_check(
    exercise: str, host: str, port: int, *, root: Path, cwd: Path, seed: int = 1
) -> tuple[str, str, str]:
    """Runs the learner's check against what listens at a port: how it ended, its words, its output.

    It sees the steps as this process does: the overlay of the environment holds for it as well.
    """
    command = [sys.executable, "-m", "workbook.trial_check", exercise, host, str(port), str(seed)]
    with start_check(command, cwd, _environment(root, {})) as child:
        try:
            report = json.loads(child.wait_for(r"^verdict (\{.*\})$", LIMIT)[1])
        except wire.WireFailure:
            code = child.exit_code()
            child.kill()
            if code is None:
                return "hung", f"it had not ended after {LIMIT:g} s", child.stderr()
            return "died", f"its process ended by itself, with exit code {code}", child.stderr()
        child.end()
        return report["outcome"], report["text"], child.stderr()


start_check: Callable[[Sequence[str], Path, Mapping[str, str]], wire.Process] = wire.Process
"""Starts the learner's side of a trial; where that is not trusted, something else stands here."""


def attempt(exercise: str, candidate: Candidate, *, root: Path, folder: Path, seed: int) -> Finding:
    """One check against one candidate."""
    cwd = folder / re.sub(r"\W+", "_", candidate.name)
    cwd.mkdir(exist_ok=True)
    with subject(candidate, root, cwd) as running:
        outcome, text, output = run_check(
            exercise, "127.0.0.1", running.port, root=root, cwd=cwd, seed=seed
        )
        running.kill()
        running.drain()
        shown = SHOWS in running.stderr()
    return Finding(candidate, outcome, text, shown, output)


# ---------------------------------------------------------------- all of them


class Trial:
    """The trials of one exercise, and what to say about them."""

    def __init__(self, exercise: str, root: Path, folder: Path, seed: int = 1) -> None:
        self.exercise = exercise
        self.root = root
        self.folder = folder
        self.seed = seed

    def check_ready(self) -> None:
        """Raises Unready where there is nothing to test."""
        if (self.root / "solutions").is_dir():
            return
        steps = [catalogue.step(number, self.root) for number in FROM[KINDS[self.exercise]]]
        for needed in (exercise for step in steps for exercise in step.exercises):
            if catalogue.is_empty(needed):
                raise Unready(f"without solutions/, exercise {needed.id} has to be written first")

    def attempts(self, candidates: Sequence[Candidate]) -> list[Finding]:
        """A finding for each. They have their turns in an order that nobody knows beforehand."""
        order = random.sample(range(len(candidates)), len(candidates))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            findings = pool.map(self.attempt, [candidates[at] for at in order])
            known = dict(zip(order, findings, strict=True))
        return [known[at] for at in range(len(candidates))]

    def attempt(self, candidate: Candidate) -> Finding:
        """The finding for one candidate."""
        finding = attempt(
            self.exercise, candidate, root=self.root, folder=self.folder, seed=self.seed
        )
        if finding.outcome == "stub":
            raise NotImplementedError(f"exercise {self.exercise}")
        return finding

    def good_ones_failed(self) -> str:
        """What the check holds against good code; "" where it holds nothing."""
        self.check_ready()
        first, *others = good_ones(self.root, self.exercise)
        findings = [self.attempt(first)]
        if findings[0].outcome in ("passed", "objected"):  # a crash would only be told again
            findings += self.attempts(others)
        failed = [finding for finding in findings if finding.outcome != "passed"]
        if not failed:
            return ""
        head = f"your check fails {len(failed)} of {len(findings)} good ones:"
        known: set[str] = set()
        return "\n".join([head, *(_accuse(finding, known) for finding in failed)])

    def bugs_missed(self) -> str:
        """Which planted bugs slipped through; "" if all were caught."""
        self.check_ready()
        good, planted = good_ones(self.root, self.exercise), bugs(self.root, self.exercise)
        findings = [self.attempt(good[0])]
        if findings[0].outcome == "passed":  # a crash would only be told again
            findings = self.attempts([*good[:GOOD], *planted])
        failed = [
            one for one in findings[:GOOD] if one.candidate in good and one.outcome != "passed"
        ]
        if failed:
            head = "your check has to pass the good ones before its catches mean anything:"
            return f"{head}\n{_accuse(failed[0], set())}"
        findings = [one for one in findings if one.candidate in planted]
        caught = [finding for finding in findings if finding.caught]
        if len(caught) == len(findings):
            return ""
        head = f"your check caught {len(caught)} of {len(findings)} planted bugs"
        return "\n".join([head, *(_tell(finding) for finding in findings)])


def _accuse(finding: Finding, known: set[str]) -> str:
    """A good candidate that the check did not pass; what is `known` is not told again."""
    _repeat_prints(finding)
    head = f"  {finding.candidate.name}: {finding.candidate.what}"
    how = _how(finding)
    lines = ["the same as above"] if how in known else how.splitlines()
    if how not in known and lines[-1:] == ["AssertionError"]:
        lines.append("What came? Words after a comma would be shown here: assert x == y, x")
    known.add(how)
    return "\n".join([head, *(f"      {line}" for line in lines)])


def _tell(finding: Finding) -> str:
    """A planted bug, caught or not, in a line or a few."""
    name = finding.candidate.name
    if finding.caught:
        return f"  caught   {name}"
    _repeat_prints(finding)
    if finding.outcome in ("passed", "objected", "wavered"):
        lines = [f"  slipped  {name}", f"           {_blindness(finding)}"]
    else:
        lines = [
            f"  no catch {name}",
            *(f"           {line}" for line in _how(finding).split("\n")),
        ]
    return "\n".join([*lines, f"           Nudge: {finding.candidate.nudge}"])


def _blindness(finding: Finding) -> str:
    if finding.outcome == "wavered":
        return "Some seeds found it and others did not: draw what shows it more often."
    if finding.outcome == "objected":
        return f"The check objected before the bug had shown: {finding.text}"
    if finding.shown:
        return "The bug showed while the check looked, and it did not object."
    return "The check never did what makes the bug show."


def _repeat_prints(finding: Finding) -> None:
    """What the check printed while it failed is output of the test, apart from the verdict."""
    if finding.output:
        print(f"printed while testing {finding.candidate.name}:\n{finding.output[:PRINTS]}")


def _how(finding: Finding) -> str:
    """How a check ended that should have ended otherwise."""
    if finding.outcome in ("objected", "wavered"):
        return finding.text
    text = {"raised": "It raised something other than AssertionError.\n", "hung": "It hung: "}
    return f"{text.get(finding.outcome, '')}{finding.text}"
