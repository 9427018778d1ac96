"""Runs tests in a child process, and believes only what it saw.

The child may hang, die or be killed by the code that it tests. That costs the test in which it
happened: the parent notes what became of it, and starts another child for the tests that are left.
A test that was never reported has not passed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workbook.overlay import Overlay

VARIABLE = "WORKBOOK_RUN"
"""The environment variable in which a child gets its `Request`."""

LOOK = 0.05
"""Seconds between two looks at what the child reports."""

LIMIT = 60.0
"""Seconds that one test may take. It ends itself before that; this is for one that does not."""

TIMEOUT = 15
"""Seconds after which a test ends itself, if it does not say otherwise."""

START = 60.0
"""Seconds to the first test."""

LEAVE = 5.0
"""Seconds to leave after the last test, for a child in which a thread goes on."""


@dataclass(frozen=True)
class Request:
    """Which tests a child is to run, and where to report. A None picks all; `done` are node ids."""

    report: str
    exercises: list[str] | None = None
    names: list[str] | None = None
    done: list[str] = field(default_factory=list)

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

    def of(self, exercise: str) -> list[Result]:
        """The results of one exercise's own tests."""
        return [result for result in self.results if result.exercise == exercise]


def run(
    root: Path,
    paths: Sequence[Path],
    *,
    exercises: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    overlay: Overlay | None = None,
    options: Sequence[str] = (),
    observe: Callable[[Result], None] = lambda result: None,
) -> Run:
    """Runs the tests in `paths` that belong to `exercises` and are called `names` (None: all).

    `observe` gets each result as it comes.
    """
    if not (existing := [str(path) for path in paths if path.exists()]):
        return Run()
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        job = Job(root, existing, overlay or Overlay(), list(options), Path(folder))
        return job.run(exercises, names, observe)


class Job:
    """One run: as many children as it takes to give every test its turn."""

    def __init__(
        self, root: Path, paths: list[str], overlay: Overlay, options: list[str], folder: Path
    ) -> None:
        self.root = root
        self.paths = paths
        self.overlay = overlay
        self.options = options
        self.folder = folder
        self.tests: dict[str, Result] = {}
        self.trouble = ""

    def run(
        self,
        exercises: Sequence[str] | None,
        names: Sequence[str] | None,
        observe: Callable[[Result], None],
    ) -> Run:
        """Starts children until no test is left, or one brings nothing new."""
        done: list[str] = []
        for number in range(1, 1000):
            request = Request(
                report=str(self.folder / f"report-{number}.jsonl"),
                exercises=None if exercises is None else list(exercises),
                names=None if names is None else list(names),
                done=done,
            )
            child = Child(self, request)
            for result in child.results():
                done.append(result.id)
                self.tests[result.id] = result
                observe(result)
            left = len(self.tests) - len(done)
            if child.whole or not left or not child.finished:
                break
        for result in self.tests.values():
            if result.outcome == "not run":
                observe(result)
        return Run(list(self.tests.values()), self.trouble.strip())

    def command(self) -> list[str]:
        """The call of pytest: nothing that the tests do not need, for each proof starts one."""
        return [
            *(sys.executable, "-m", "pytest", "-p", "workbook.reporting", "-p", "pytest_timeout"),
            *("-p", "no:cacheprovider", "--continue-on-collection-errors", "-q"),
            *("-o", f"timeout={TIMEOUT}"),
            *("--rootdir", str(self.root), "-c", str(self.root / "pyproject.toml")),
            *self.options,
            *self.paths,
        ]

    def environment(self, request: Request) -> dict[str, str]:
        """The environment of a child."""
        return {
            **os.environ,
            **self.overlay.to_environment(),
            **request.to_environment(),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
            "PYTHONIOENCODING": "utf-8",
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

    def results(self) -> Iterator[Result]:
        """Each result as it comes; at the end, that of the test in which the child died."""
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                self.job.command(),
                cwd=self.job.root,
                env=self.job.environment(self.request),
                stdin=subprocess.PIPE,  # nothing is written there: its end is the end of this process
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=os.name != "nt",
            )
        try:
            yield from self.watch(process)
        finally:
            self.sweep(process)
        yield from self.epilogue(process.wait())

    def watch(self, process: subprocess.Popen[bytes]) -> Iterator[Result]:
        """Reads until the child has ended, or has taken too long for what it does now."""
        with self.report.open(encoding="utf-8") as report:
            lines = _whole_lines(report)
            while True:
                ended = process.poll() is not None  # before reading: nothing is written after that
                for line in lines():
                    yield from self.note(json.loads(line))
                if ended:
                    return
                if time.monotonic() - self.since > self.limit:
                    self.hung = not self.whole
                    return
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK)

    def note(self, event: dict[str, Any]) -> Iterator[Result]:
        """Takes one line of the report in."""
        match event.pop("event"):
            case "collected":
                for test in event["tests"]:
                    self.job.tests.setdefault(test["id"], Result(**test))
            case "started":
                self.current = event["id"]
                self.wait_anew(LIMIT)
            case "finished":
                self.current = None
                self.wait_anew(LIMIT)
                yield self.result(**event)
            case "group":
                self.groups.append(event["pid"])
            case "trouble":
                self.job.trouble += event["text"] + "\n"
            case "done":
                self.whole = True
                self.wait_anew(LEAVE)

    def wait_anew(self, seconds: float) -> None:
        """Something came: from now on the child has so many seconds to the next thing."""
        self.since, self.limit = time.monotonic(), seconds

    def result(self, id: str, **facts: Any) -> Result:
        """The result of a test that is over, one way or another."""
        self.finished += 1
        test = self.job.tests[id]
        return Result(test.id, test.exercise, test.title, test.why, **facts)

    def epilogue(self, code: int) -> Iterator[Result]:
        """Says what became of the child, if it did not come to its end."""
        if self.current:
            outcome = "hung" if self.hung else "crashed"
            text = f"the test's process was ended after {LIMIT:g} s" if self.hung else _death(code)
            tail = self.tail()
            seconds = round(time.monotonic() - self.since, 4)
            yield self.result(
                self.current, outcome=outcome, text=text, output=tail, seconds=seconds
            )
        elif not self.whole:
            self.job.trouble += f"pytest: {_death(code)}\n{self.tail()}\n"

    def tail(self, size: int = 10_000) -> str:
        """The end of what the child has printed."""
        return self.output.read_bytes()[-size:].decode("utf-8", "replace").strip()

    def sweep(self, process: subprocess.Popen[bytes]) -> None:
        """Ends the child, and if it did not come to its end itself, the servers it had started."""
        orderly = self.whole and process.poll() is not None
        if not orderly:
            end_groups([process.pid, *self.groups])
        process.kill()
        process.wait()
        assert process.stdin
        process.stdin.close()


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


def _death(code: int) -> str:
    if code < 0:
        return f"the process died of {signal.Signals(-code).name}"
    return f"the process ended by itself, with exit code {code}"
