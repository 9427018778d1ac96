"""Runs tests in a child process, and believes only what it saw.

The child may hang, die or be killed by the code that it tests. That costs only the test in which it
happened: the parent notes how it ended, and starts another child for the tests that are left.
A test that was never reported has not passed.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Protocol

from workbook import catalogue, evidence, machine
from workbook.overlay import Overlay

VARIABLE = "WORKBOOK_RUN"
"""The environment variable in which a child gets its `Request`."""

LOOK = 0.05
"""Seconds between two looks at what the child reports."""

TIMEOUT = 15.0
"""Seconds after which a test ends itself, if it does not say otherwise."""

GRACE = 3.0
"""Seconds more until it is ended from outside, if it does not."""

START = 60.0
"""Seconds to the first test, and between two tests."""

LEAVE = 1.0
"""Seconds to leave after the last test, for a child in which a thread goes on."""

SECONDS = "WORKBOOK_SECONDS"
"""An environment variable with another number than `TIMEOUT`, for a machine that is slow."""

MARK = "WORKBOOK_MARK"
"""An environment variable by which all descendants of a child are known, wherever they went."""

SEED = "--seed="
"""How the option of pytest begins that says what is behind all that is random."""

PROGRESS = re.compile(r"\A[.FEsxX]+\s*")
"""The letters by which pytest tells how the tests before have ended."""

PYTEST = (sys.executable, "-m", "pytest")

ALWAYS = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONFAULTHANDLER": "1",
}
"""What is in the environment of every child."""


FULL = ("CI", "BUILD_NUMBER")
"""With these, pytest works out every difference of two long lists, which may take minutes."""


def words(seconds: float = TIMEOUT) -> list[str]:
    """The options that every call of pytest has: no plugin that the tests do not need."""
    return [
        *("-p", "workbook.reporting", "-p", "pytest_timeout", "-p", "no:cacheprovider"),
        *("--continue-on-collection-errors", "-q", "-o", f"timeout={seconds:g}"),
        *("--rootdir", ".", "-c", "pyproject.toml", "--confcutdir", "tests"),
    ]


@dataclass(frozen=True)
class Request:
    """Which tests a child is to run, and where to report. A None picks all; `done` are node ids.

    All that differs from one run to the next is here, and not on the command line: a child may be
    a fork of a process in which pytest was started before there was anything to do.
    """

    report: str
    paths: list[str]
    seed: int
    """The number behind all that is random."""
    exercises: list[str] | None = None
    names: list[str] | None = None
    done: list[str] = field(default_factory=list)
    part: tuple[int, int] = (0, 1)  # which of how many equal parts of all these tests
    crashes: dict[str, int] = field(default_factory=dict)  # by exercise: how often it took a child
    hold: bool = False  # whether to end after a test that hangs, for another child to go on
    held: list[str] = field(default_factory=list)  # the exercises in which one hung

    def to_environment(self) -> dict[str, str]:
        """What to add to the environment of the child."""
        return {VARIABLE: json.dumps(asdict(self))}


@dataclass(frozen=True)
class Result:
    """What became of one test: passed, failed, skipped, hung, crashed, or "not run"."""

    id: str
    exercise: str | None
    title: str
    why: str
    outcome: str = "not run"
    text: str = ""
    output: str = ""
    server: str = ""
    """What the servers of the test have printed."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What is known of a failure (see `workbook.evidence`)."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the test ran to its end, and found nothing wrong."""
        return self.outcome == "passed"


@dataclass
class Run:
    """All results, in the order of the tests; `trouble` says what kept the run from being whole."""

    results: list[Result] = field(default_factory=list)
    trouble: str = ""
    held: frozenset[str] = frozenset()
    """The exercises in which a test hung, and that were stubs for the tests after it."""

    def of(self, exercise: str) -> list[Result]:
        """The results of one exercise's own tests, and of those that hang in it."""
        return [one for one in self.results if exercise in (one.exercise, one.facts.get("hangs"))]


class Process(Protocol):
    """What is needed of a child: a part of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...

    @property
    def stdin(self) -> IO[bytes] | None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def kill(self) -> None: ...


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path
) -> subprocess.Popen[bytes]:
    """Starts a child in a group of its own. The end of its stdin is the end of this process."""
    with output.open("wb") as file:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=os.name != "nt",
        )


Launch = Callable[[Sequence[str], Path, Mapping[str, str], Path], Process]
"""Starts a child: the command, its folder, its environment, and the file for what it prints."""


def run(
    root: Path,
    paths: Sequence[Path],
    *,
    exercises: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    overlay: Overlay | None = None,
    options: Sequence[str] = (),
    observe: Callable[[Result], None] = lambda result: None,
    seconds: float | None = None,
    stop: threading.Event | None = None,
    part: tuple[int, int] = (0, 1),
    environment: Mapping[str, str] | None = None,
    launch: Launch = start,
    hold: bool = False,
) -> Run:
    """Runs the tests in `paths` that belong to `exercises` and are called `names` (None: all).

    `observe` gets each test as soon as it is known of ("not run"), and again with its result.
    `seconds` is the time that a test may take, and `stop` ends the run before its end.
    `part` (1, 2) is the second of two halves. `environment` is added to that of the children, and
    `launch` starts them, in another way than `start` does. With `hold`, an exercise in which a test
    hangs is a stub for the tests that follow, so that it hangs once and not in each of them.
    """
    # pytest takes [ and :: in a path for the name of a test; no path below `root` has them
    there = [path for path in paths if path.exists()]
    if not (existing := [str(_below(root, path)) for path in there]):
        return Run()
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        job = Job(root, existing, overlay or Overlay(), list(options), Path(folder))
        job.seconds = float(os.environ.get(SECONDS) or seconds or TIMEOUT)
        job.stop = stop or job.stop
        job.part = part
        job.added = dict(environment or {})
        job.launch = launch
        job.hold = hold
        return job.run(exercises, names, observe)


class Job:
    """One run: as many children as it takes to give every test its turn."""

    def __init__(
        self, root: Path, paths: list[str], overlay: Overlay, options: list[str], folder: Path
    ) -> None:
        self.root = root
        self.paths = paths
        self.overlay = overlay
        seeds = [option for option in options if option.startswith(SEED)]
        self.seed = int(seeds[-1].removeprefix(SEED)) if seeds else random.randrange(100_000)
        self.options = [option for option in options if option not in seeds]
        self.folder = folder
        self.tests: dict[str, Result] = {}
        self.trouble = ""
        self.seconds = TIMEOUT
        self.stop = threading.Event()
        self.part = (0, 1)
        self.added: dict[str, str] = {}
        self.launch: Launch = start
        self.hold = False
        self.observe: Callable[[Result], None] = lambda result: None
        self.crashes: Counter[str] = Counter()

    def run(
        self,
        exercises: Sequence[str] | None,
        names: Sequence[str] | None,
        observe: Callable[[Result], None],
    ) -> Run:
        """Starts children until no test is left, or one brings nothing new."""
        self.observe = observe
        done: list[str] = []
        for number in range(1, 1000):
            request = Request(
                report=str(self.folder / f"report-{number}.jsonl"),
                paths=self.paths,
                seed=self.seed,
                exercises=None if exercises is None else list(exercises),
                names=None if names is None else list(names),
                done=done,
                crashes=dict(self.crashes),
                part=self.part,
                hold=self.hold,
                held=sorted(self.overlay.held),
            )
            child = Child(self, request)
            for found in child.results():
                result = self.held(found) if self.hold and found.outcome == "hung" else found
                done.append(result.id)
                self.tests[result.id] = result
                observe(result)
            left = len(self.tests) - len(done)
            if not left or not child.finished or self.stop.is_set():
                break
        return Run(list(self.tests.values()), self.trouble.strip(), self.overlay.held)

    def held(self, result: Result) -> Result:
        """Holds the exercise in which a test hangs, and notes it with the result."""
        exercise = hangs_in(self.root, result.facts.get("stack", ()))
        if exercise is None or exercise.whole or exercise.id in self.overlay.held:
            return result
        self.overlay = self.overlay._replace(held=self.overlay.held | {exercise.id})
        return replace(result, facts={**result.facts, "hangs": exercise.id})

    def command(self) -> list[str]:
        """The call of pytest; which tests it is to run stands in the request."""
        return [*PYTEST, *words(self.seconds), *self.options]

    def environment(self, request: Request) -> dict[str, str]:
        """The environment of a child."""
        usual = machine.usual(os.environ)
        return {
            **{name: value for name, value in usual.items() if name not in FULL},
            **self.overlay.to_environment(),
            **request.to_environment(),
            **ALWAYS,
            MARK: str(self.folder),
            **self.added,
        }


class Child:
    """One pytest process, and what it reports while it runs."""

    def __init__(self, job: Job, request: Request) -> None:
        self.job = job
        self.request = request
        self.report = Path(request.report)
        self.report.touch()
        self.output = self.report.with_suffix(".out")
        self.current: str | None = None
        self.since = time.monotonic()
        self.limit = START
        self.groups: list[int] = []
        self.finished = 0
        self.whole = False
        self.hung = False
        self.renewed = False  # the child ended of its own will, for another to go on
        self.broken = ""

    def results(self) -> Iterator[Result]:
        """Each result as it comes; at the end, that of the test in which the child died."""
        environment = self.job.environment(self.request)
        process = self.job.launch(self.job.command(), self.job.root, environment, self.output)
        try:
            yield from self.watch(process)
        finally:
            self.sweep(process)
        yield from self.epilogue(process.wait())

    def watch(self, process: Process) -> Iterator[Result]:
        """Reads until the child has ended, or has taken too long for what it does now."""
        with self.report.open(encoding="utf-8") as report:
            lines = _whole_lines(report)
            while True:
                ended = process.poll() is not None  # before reading: nothing is written after that
                for line in lines():
                    yield from self.note(json.loads(line))
                if ended:
                    return
                if time.monotonic() - self.since > self.limit or self.job.stop.is_set():
                    self.hung = not self.whole
                    return
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK)

    def note(self, event: dict[str, Any]) -> Iterator[Result]:
        """Takes one line of the report in."""
        match event.pop("event"):
            case "collected":
                for test in event["tests"]:
                    if test["id"] not in self.job.tests:
                        self.job.tests[test["id"]] = Result(**test)
                        self.job.observe(self.job.tests[test["id"]])
            case "started":
                self.current = event["id"]
                self.wait_anew(event["limit"])
            case "finished":
                self.current = None
                self.wait_anew(START)
                if self.job.hold and event["outcome"] == "hung":  # the next child knows of it, too
                    self.job.crashes[self.job.tests[event["id"]].exercise or ""] += 1
                yield self.result(**event)
            case "group":
                self.groups.append(event["pid"])
            case "trouble":
                self.job.trouble += event["text"] + "\n"
            case "renew":
                self.renewed = True
            case "broken":
                self.broken = event["text"]
            case "done":
                self.whole = not self.current and not self.broken
                self.wait_anew(LEAVE)

    def wait_anew(self, seconds: float) -> None:
        """Something came: from now on the child has that many seconds until the next thing."""
        self.since, self.limit = time.monotonic(), seconds

    def result(self, id: str, **facts: Any) -> Result:
        """The result of a test that is over, one way or another."""
        self.finished += 1
        test = self.job.tests[id]
        return Result(test.id, test.exercise, test.title, test.why, **facts)

    def epilogue(self, code: int) -> Iterator[Result]:
        """Says what became of the child, if it did not come to its end."""
        if self.job.stop.is_set():
            return
        # A thread that goes on while its stack is written out may break the process: no crash of its.
        self.hung = self.hung or bool(self.current and self.stack())
        if self.current:
            self.job.crashes[self.job.tests[self.current].exercise or ""] += 1
            yield self.result(
                self.current,
                outcome="hung" if self.hung else "crashed",
                text=self.end_of_it(code),
                output=PROGRESS.sub("", self.tail()),
                facts=self.facts(code),
                seconds=round(time.monotonic() - self.since, 4),
            )
        elif not self.whole and not self.renewed and not self.finished:
            self.job.trouble += f"pytest: {self.end_of_it(code)}\n{self.tail()}\n"

    def end_of_it(self, code: int) -> str:
        """How the child ended, in words."""
        if self.hung:
            return f"the test's process was ended after {self.limit:g} s"
        return f"pytest broke down:\n{self.broken}" if self.broken else _death(code)

    def facts(self, code: int) -> evidence.Facts:
        """What is known of the test in which the child died."""
        if self.hung:
            return {"stack": evidence.Frames(self.job.root).of_dump(self.stack())}
        frames = evidence.Frames(self.job.root).of_dump(self.tail())
        got = "pytest broke down: its own parts were changed" if self.broken else _death(code)
        return {"expected": "the test comes to its end", "got": got, "at": frames}

    def stack(self) -> str:
        """Where a test stood when its time was up, if it came to that."""
        path = self.report.with_suffix(".stack")
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def tail(self, size: int = 10_000) -> str:
        """The end of what the child has printed."""
        return self.output.read_bytes()[-size:].decode("utf-8", "replace").strip()

    def sweep(self, process: Process) -> None:
        """Ends the child and all that it left behind: its own group, its servers, and the rest."""
        orderly = self.whole and process.poll() is not None
        end_groups([process.pid] if orderly else [process.pid, *self.groups])
        process.kill()
        process.wait()
        end_marked(str(self.job.folder))
        if process.stdin:
            process.stdin.close()


def end_marked(mark: str) -> None:
    """Ends all processes that have this mark in their environment, where a system lets us look."""
    wanted = f"{MARK}={mark}".encode()
    for _ in range(20):  # one that is just being forked shows in the next round
        found = [pid for pid in _processes() if wanted in _environment_of(pid).split(b"\0")]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return []


def _environment_of(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def end_groups(groups: Iterable[int]) -> None:
    """Ends processes with all that they started in their groups, where a system knows groups."""
    for group in groups if hasattr(os, "killpg") else ():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _whole_lines(file: Any) -> Callable[[], Iterator[str]]:
    """Reads on in a file that grows, in whole lines: a process may die in the middle of one."""
    kept = ""

    def lines() -> Iterator[str]:
        nonlocal kept
        *whole, kept = (kept + file.read()).split("\n")
        yield from whole

    return lines


def _below(root: Path, path: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


ROW = re.compile(r"(steps/\S+\.py):(\d+) in ")
"""The beginning of a row of `workbook.evidence.Frames` that stands in the learner's file."""


def hangs_in(root: Path, rows: Iterable[str]) -> catalogue.Exercise | None:
    """The exercise in whose function a stack stands: the innermost one, for others call it."""
    for found in filter(None, map(ROW.match, reversed(list(rows)))):
        if exercise := catalogue.exercise_at(root, root / found[1], int(found[2])):
            return exercise
    return None


def plain_name(id: str) -> str:
    """A test's name, alone or in its id, without parameters; a transcript's without its `.txt`."""
    return id.partition("[")[0].rpartition("::")[2].removesuffix(".txt")


def _death(code: int) -> str:
    if code < 0:
        return f"the process died of {signal.Signals(-code).name}"
    return f"the process ended by itself, with exit code {code}"
