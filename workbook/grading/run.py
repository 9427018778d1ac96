"""Grades the submissions of a class that have no result yet, several at a time, in other processes.

A result is written whole as soon as it is there, so a run that is killed loses only what was being
graded; the next one goes on where it stopped. At any time only those submissions are in memory that
are being graded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from workbook import catalogue, judging, running
from workbook.grading import files, job, probing, submissions
from workbook.grading.intake import Taken
from workbook.grading.limits import Limits
from workbook.grading.reader import Reader
from workbook.grading.submissions import Refusal, Submission

MARGIN = 120.0
"""Seconds more than a submission may take, until its grader is taken for lost."""


class RunTrouble(Exception):  # noqa: N818 - it is what it says
    """Nothing can be graded like this. The message is one sentence."""


@dataclass(frozen=True)
class Plan:
    """What is to be graded, and how."""

    source: Path
    out: Path
    root: Path = catalogue.ROOT
    steps: tuple[int | str, ...] = tuple(range(1, 11))
    only: tuple[str, ...] = ()
    jobs: int = 0
    """How many at a time; 0 stands for the number of processors."""
    regrade: bool = False
    sealed: bool = False
    hidden: tuple[Path, ...] = ()
    dask: str = ""
    seed: int | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    aside: tuple[Path, ...] = ()
    """Files among the submissions that are the instructor's."""

    @property
    def results(self) -> Path:
        """The folder with a file for each submission."""
        return self.out / "results"

    def path(self, id: str) -> Path:
        """The result of one."""
        return self.results / f"{id}.json"


@dataclass
class Summary:
    """What a run has done."""

    graded: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Those that were graded before."""
    failed: list[str] = field(default_factory=list)
    """Those that the grader itself could not grade."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Those in which there is nothing to grade, and why."""
    left: list[Refusal] = field(default_factory=list)
    """What lies among the submissions and is none."""
    stale: list[str] = field(default_factory=list)
    """Those among `kept` that other tests than these had judged."""


class Watcher(Protocol):
    """Called with the progress."""

    def begin(self, total: int, kept: int) -> None:
        """So many are to be graded."""

    def started(self, id: str) -> None:
        """One has begun."""

    def finished(self, result: Mapping[str, Any]) -> None:
        """One is graded."""


# ---------------------------------------------------------------- the run


class Run:
    """One run over a class."""

    def __init__(self, plan: Plan, watcher: Watcher | None = None) -> None:
        self.plan = plan
        self.watcher = watcher
        self.summary = Summary()
        self.reader = Reader(plan.root, plan.steps)
        self.tests = job.fingerprint(plan.root)
        self.hidden = {path.name: path.read_text("utf-8") for path in plan.hidden}

    def run(self) -> Summary:
        """Grades what is not graded yet."""
        check_pristine(self.plan)
        aside = (self.plan.out, *self.plan.hidden, *self.plan.aside)
        wanted = self.wanted(submissions.find(self.plan.source, aside))
        self.summary.left = submissions.left_over(self.plan.source, aside)
        self.plan.results.mkdir(parents=True, exist_ok=True)
        clear_leftovers(self.plan.results)
        with self.reader:
            todo = [one for one in wanted if self.is_todo(one)]
            if self.watcher:
                self.watcher.begin(len(todo), len(self.summary.kept))
            if todo:
                self.expected = expected(self.plan, self.hidden)
                with self.executor() as executor:
                    self.feed(executor, todo)
        return self.summary

    def wanted(self, found: Sequence[Submission]) -> list[Submission]:
        """Those that were asked for."""
        if not self.plan.only:
            return list(found)
        known = {one.id.casefold(): one for one in found}
        only = {submissions.clean_id(id).casefold(): id for id in self.plan.only}
        for key, id in only.items():
            if key not in known:
                some = ", ".join([one.id for one in found][:5])
                raise RunTrouble(f"There is no submission {id!r}; there are {some} and so on.")
        return [known[key] for key in only]

    def is_todo(self, submission: Submission) -> bool:
        """Whether it is still to be graded: one that was, and is as it was then, is not.

        The hand-in time does not count as a change: it is updated in a result that is kept.
        """
        old = None if self.plan.regrade else read_result(self.plan.path(submission.id))
        if old is None or old.get("state") != "graded" or old.get("steps") != [*self.plan.steps]:
            return True
        if old.get("hidden", {}) != job.sums_of(self.hidden):
            return True
        taken = self.reader.take(submission)
        if taken.trouble or old.get("content") != content_of(taken):
            return True
        now = {**old, **handed_in(taken)}
        if now != old:
            write_whole(self.plan.path(submission.id), now)
        self.summary.kept.append(submission.id)
        if old.get("tests") != self.tests:
            self.summary.stale.append(submission.id)
        return False

    def executor(self) -> contextlib.AbstractContextManager[Executor]:
        """What carries the jobs out."""
        if self.plan.dask:
            from workbook.grading import cluster

            return cluster.executor(self.plan.dask)
        return ThreadPoolExecutor(self.at_once)

    @property
    def at_once(self) -> int:
        """How many are graded at a time."""
        return self.plan.jobs or os.cpu_count() or 1

    def feed(self, executor: Executor, todo: Sequence[Submission]) -> None:
        """Keeps the executor busy, with no more jobs in memory than it takes for that."""
        room = (getattr(executor, "workers", None) or self.at_once) + 1
        waiting: dict[Future[dict[str, Any]], str] = {}
        left = iter(todo)
        try:
            while True:
                while len(waiting) < room and (one := next(left, None)) is not None:
                    if self.watcher:
                        self.watcher.started(one.id)
                    taken = self.reader.take(one)
                    if taken.trouble:
                        self.write_down(one.id, unusable(self.order(one, taken), taken.trouble))
                    else:
                        order = {**self.order(one, taken), "files": job.encoded(taken.files)}
                        waiting[executor.submit(job_apart, order)] = one.id
                if not waiting:
                    return
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    self.finish(waiting.pop(future), future)
        except BaseException:  # Ctrl-C, above all: what is in flight ends, and nothing new begins
            executor.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            stop_all()

    def order(self, submission: Submission, taken: Taken) -> dict[str, Any]:
        """The job of one submission, but for its content."""
        seed = secrets.randbelow(1_000_000) if self.plan.seed is None else self.plan.seed
        return {
            "id": submission.id,
            "content": content_of(taken),
            **handed_in(taken),
            "steps": list(self.plan.steps),
            "seed": seed,
            "sealed": self.plan.sealed,
            "limits": dict(self.plan.limits),
            "tests": self.tests,
            "remote": bool(self.plan.dask),
            "hidden": self.hidden,
            "expected": self.expected,
        }

    def finish(self, id: str, future: Future[dict[str, Any]]) -> None:
        """Takes a result."""
        try:
            result = future.result()
        except Exception as error:
            result = job.failed({"id": id, "seed": 0}, f"{type(error).__name__}: {error}")
        self.write_down(id, result)

    def write_down(self, id: str, result: Mapping[str, Any]) -> None:
        """Writes a result down."""
        write_whole(self.plan.path(id), result)
        if result["state"] == job.UNUSABLE:
            self.summary.unusable[id] = result["error"]
        else:
            done = self.summary.graded if result["state"] == "graded" else self.summary.failed
            done.append(id)
        if self.watcher:
            self.watcher.finished(result)


def handed_in(taken: Taken) -> dict[str, Any]:
    """What a result says of how a submission was handed in, besides its content."""
    submitted = taken.submitted
    return {
        "refused": taken.told(),
        "used": taken.used,
        "damaged": taken.damaged,
        "shapes": taken.shapes,
        "submitted": submitted.isoformat(timespec="seconds") if submitted else None,
    }


def unusable(order: Mapping[str, Any], why: str) -> dict[str, Any]:
    """The result of a submission in which there is nothing to grade."""
    return {**job.head(order), "state": job.UNUSABLE, "error": why}


def content_of(taken: Taken) -> str:
    """A hash over what was taken: the same for the same submission."""
    sums = hashlib.sha256()
    for name, data in sorted(taken.files.items()):
        sums.update(f"{len(name)} {len(data)} {name}".encode())
        sums.update(data)
    return sums.hexdigest()


def check_pristine(plan: Plan) -> None:
    """Where the workbook's own steps are written, a submission without a file would be solved.

    Without the answers, no exercise could be judged alone.
    """
    if not (plan.root / "solutions").is_dir():
        raise RunTrouble(f"Grading needs the answers; {plan.root}/solutions is missing.")
    written = [one.id for one in catalogue.every(plan.root) if not catalogue.is_empty(one)]
    if written:
        raise RunTrouble(
            f"Exercise {written[0]} is written in {plan.root}/steps ({len(written)} in all): "
            "grade from a clean clone of the workbook."
        )


# ---------------------------------------------------------------- results on the disk


def write_whole(path: Path, facts: Mapping[str, Any]) -> None:
    """Writes a file so that it is there whole or not at all."""
    with files.writing(path) as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_result(path: Path) -> dict[str, Any] | None:
    """A result; None if it is missing or cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        facts = json.loads(path.read_text("utf-8"))
        if isinstance(facts, dict) and facts.get("format") == job.FORMAT:
            return facts if facts.get("id") == path.stem else None
    return None


def results(folder: Path) -> Iterator[dict[str, Any]]:
    """All results, one after another, in the order of their ids."""
    for path in sorted(folder.glob("*.json")):
        if (facts := read_result(path)) is not None:
            yield facts


def clear_leftovers(folder: Path) -> None:
    """Removes what a run that was killed had not written to the end."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


# ---------------------------------------------------------------- what is expected


def expected(plan: Plan, hidden: Mapping[str, str]) -> list[list[str]]:
    """Each test that a result has to have a row for: id, exercise, title, why."""
    chosen = {one.id: one for one in catalogue.every(plan.root) if one.group in plan.steps}
    folders = sorted({one.tests for one in chosen.values()})
    found = running.run(
        plan.root,
        [file for folder in folders for file in judging.all_files(folder)],
        options=["--collect-only"],
    )
    if found.trouble:
        raise RunTrouble(f"The tests of this workbook cannot be read: {found.trouble}")
    rows = [
        [one.id, one.exercise, one.title, one.why]
        for one in found.results
        if one.exercise in chosen
    ]
    return rows + job.expected_hidden(plan.root, hidden)


# ---------------------------------------------------------------- jobs in other processes


class Grader:
    """A process that carries out jobs, one after another, so that nothing in them can harm this one.

    The end of its stdin is the end of this process: then it ends, too, and clears up.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbook.grading.job"],
            cwd=catalogue.ROOT,
            env={**os.environ, "PYTHONPATH": str(catalogue.ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name != "nt",
        )
        self.said: list[bytes] = []
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self) -> None:
        """Takes in what it says besides its answers."""
        assert self.process.stderr
        self.said.append(self.process.stderr.read())

    def carry_out(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a job."""
        assert self.process.stdin
        assert self.process.stdout
        limits = Limits(**order.get("limits", {}))
        timer = threading.Timer(limits.wall + MARGIN, self.process.kill)
        timer.daemon = True
        timer.start()
        try:
            with contextlib.suppress(OSError):
                self.process.stdin.write(json.dumps(order).encode() + b"\n")
                self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        with contextlib.suppress(ValueError):
            facts = json.loads(line)
            if isinstance(facts, dict) and facts.get("id") == order["id"]:
                return facts
        self.end()
        self.listener.join(1.0)
        tail = b"".join(self.said).decode("utf-8", "replace").strip()[-1500:]
        code = self.process.returncode
        return job.failed(order, f"The grader's process ended with {code}. {tail}")

    def leave(self) -> None:
        """Closes its stdin."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def end(self, patience: float = 10.0) -> None:
        """Ends it: it clears up when its stdin ends, and is killed if it takes too long."""
        self.leave()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_graders: set[Grader] = set()
_idle: list[Grader] = []
_lock = threading.Lock()


def job_apart(order: Mapping[str, Any]) -> dict[str, Any]:
    """Carries a job out in another process, which is kept for the next one if all went well.

    On a machine of a cluster it is not: the workbook there may be another when the next job comes.
    """
    order = {**order, "kind": asdict(probing.best())}  # found out once, and not by each
    with _lock:
        grader = _idle.pop() if _idle else Grader()
        _graders.add(grader)
    facts: dict[str, Any] = {}
    try:
        facts = grader.carry_out(order)
        return facts
    finally:
        kept = facts.get("state") == "graded" and not order.get("remote")
        if not kept:
            grader.end()
        with _lock:
            if not kept:
                _graders.discard(grader)
            elif grader in _graders:  # and not ended meanwhile
                _idle.append(grader)


def stop_all() -> None:
    """Ends all graders, whether they are at work or not."""
    with _lock:
        graders = list(_graders)
        _graders.clear()
        _idle.clear()
    for grader in graders:
        grader.leave()
    for grader in graders:
        grader.end()


# ---------------------------------------------------------------- how far it is


WORDS = {job.ERROR: "ERROR", job.UNUSABLE: "nothing to grade"}


class Bar:
    """A line in a terminal: how many are graded, and how long the rest takes."""

    def __init__(self, stream: Any = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream = stream or sys.stderr
        self.clock = clock
        self.terminal = bool(getattr(self.stream, "isatty", lambda: False)())
        self.total = self.done = 0
        self.begun = clock()

    def begin(self, total: int, kept: int) -> None:
        """So many are to be graded."""
        self.total, self.begun = total, self.clock()
        if kept:
            self.put(f"{kept} were graded before; --regrade grades them again.")
        self.show()

    def started(self, id: str) -> None:
        """One has begun."""

    def finished(self, result: Mapping[str, Any]) -> None:
        """One is graded."""
        self.done += 1
        points = sum(one["points"] for one in result["exercises"])
        possible = sum(one["possible"] for one in result["exercises"])
        what = WORDS.get(result["state"], f"{points} of {possible} points")
        self.put(f"  {result['id']:<24} {what:<20} {result['seconds']:>6.0f} s")
        self.show()

    def text(self) -> str:
        """The line."""
        filled = self.done * 20 // max(self.total, 1)
        bar = "●" * filled + "·" * (20 - filled)
        return f"  {bar}  {self.done} of {self.total}{self.left()}"

    def left(self) -> str:
        """The time that is left, as far as it can be told."""
        if not self.done or self.done == self.total:
            return ""
        seconds = (self.clock() - self.begun) / self.done * (self.total - self.done)
        return f"  about {seconds / 60:.0f} min left" if seconds > 90 else f"  {seconds:.0f} s left"

    def put(self, text: str) -> None:
        """A line that stays."""
        lead = f"\r{'':<78}\r" if self.terminal else ""
        self.stream.write(f"{lead}{text}\n")
        self.stream.flush()

    def show(self) -> None:
        """The line that changes, where there is a terminal."""
        if self.terminal:
            self.stream.write("\r" + self.text().ljust(78))
            self.stream.flush()

    def end(self) -> None:
        """Wipes it."""
        if self.terminal:
            self.stream.write(f"\r{'':<78}\r")
            self.stream.flush()


def ids(found: Iterable[Submission]) -> list[str]:
    """The ids of submissions."""
    return [one.id for one in found]
