"""Grades one submission: `grade_one(job)`, from JSON to JSON, on whatever machine it runs.

A job carries the content of the submission, and no path: it may be carried out by any executor. What
it finds here is the repository of the grader, which must be the one that made the job.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import os
import queue
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbook import catalogue, judging, running
from workbook.catalogue import Exercise
from workbook.grading import confine, limits, probing
from workbook.grading.box import OVERLAY, Box, Found
from workbook.grading.intake import SKIPPED
from workbook.grading.limits import Limits
from workbook.grading.subject import Subject
from workbook.judging import Verdict
from workbook.overlay import ALL, Overlay
from workbook.running import Result, Run
from workbook.standby import Standby

FORMAT = 1

ERROR = "error"

UNUSABLE = "unusable"
"""The state of a submission in which there is nothing to grade."""

SECONDS = 20.0
"""Seconds that a test may take: twice as long as with a learner, for several are graded at a time."""

BESIDE = ("--noconftest", "-p", "tests.conftest")
"""What gives tests that stand elsewhere the fixtures of those in `tests`."""


@functools.cache
def ready(root: Path, lead: tuple[str, ...]) -> Standby:
    """The processes that run tests, for all that is graded here: they end with this one."""
    return Standby(root, lead)


def grade_one(job: Mapping[str, Any]) -> dict[str, Any]:
    """The result of one submission. Whatever goes wrong here is an error, and nobody's fault."""
    begun = time.monotonic()
    try:
        facts = {**head(job), **Grading(job).run()}
    except Exception as error:
        facts = failed(job, f"{type(error).__name__}: {error}")
    return {**facts, "seconds": round(time.monotonic() - begun, 1)}


def head(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a result says besides what was found."""
    return {
        "format": FORMAT,
        "id": job["id"],
        "state": "graded",
        "error": "",
        "refused": job.get("refused", []),
        "used": job.get("used", []),
        "damaged": job.get("damaged", ""),
        "shapes": job.get("shapes", {}),
        "confinement": "",
        "groups": [],
        "seed": job["seed"],
        "submitted": job.get("submitted"),
        "graded": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": 0.0,
        "tests": job.get("tests", ""),
        "content": job.get("content", ""),
        "steps": list(job.get("steps", ())),
        "hidden": sums_of(job.get("hidden", {})),
        "limits": [],
        "exercises": [],
    }


def sums_of(hidden: Mapping[str, str]) -> dict[str, str]:
    """A hash of each of the instructor's own files of tests, by its name."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in hidden.items()}


def failed(job: Mapping[str, Any], why: str) -> dict[str, Any]:
    """The result where the grader itself could not do its work."""
    return {**head(job), "state": "error", "error": why[:2000]}


class Mismatch(Exception):  # noqa: N818 - it is what it says
    """The workbook here is not the one that made the job."""


class Grading:
    """One submission, from its files to its verdicts."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job = job
        self.root = catalogue.ROOT
        self.limits = Limits(**job.get("limits", {}))
        self.late = threading.Event()
        self.expected: dict[str, list[Result]] = {}
        for id, exercise, title, why in job.get("expected", ()):
            self.expected.setdefault(exercise, []).append(Result(id, exercise, title, why))

    def run(self) -> dict[str, Any]:
        """The part of the result that is found out here."""
        if self.job.get("remote") and fingerprint(self.root) != self.job["tests"]:
            raise Mismatch(f"the workbook in {self.root} is not the one that made the job")
        kind = kind_of(self.job)
        if self.job.get("sealed"):
            confine.require_sealed(kind)
        with folder() as top:
            sealed = kind.name == confine.SEALED
            box = Box(self.root, top / "box", decoded(self.job["files"]), sealed)
            found = box.read(self.job["steps"])
            chosen = [one for one in box.exercises if one.id in found]
            lead = confine.rights() if sealed else ()
            with self.in_time():
                judge = Judge(self, box, top / "work", kind, ready(self.root, tuple(lead)))
                rows = [self.row(one, found[one.id], judge) for one in chosen]
            wall = ["wall"] if self.late.is_set() else []
            return {
                "confinement": kind.name,
                "groups": list(kind.groups),
                "limits": list(dict.fromkeys([*judge.hit, *wall])),
                "exercises": rows,
            }

    @contextlib.contextmanager
    def in_time(self) -> Iterator[None]:
        """Ends the tests when the submission has had its time."""
        timer = threading.Timer(self.limits.wall, self.late.set)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def row(self, exercise: Exercise, found: Found, judge: Judge) -> dict[str, Any]:
        """One exercise of the result."""
        done = Run(self.whole(exercise, "not written", Run()))
        verdict = Verdict(exercise, judging.NOT_WRITTEN)
        if not found.empty:
            done, verdict = judge.judge(exercise)
            if verdict.bad and verdict.word != judging.NOT_WRITTEN and not found.exists:
                what = f"function {exercise.qualname}" if exercise.qualname else "file"
                verdict.missing = f"The {what} is missing."
        word = verdict.word
        if word == judging.NOT_CHECKED:
            word = judging.HUNG if self.late.is_set() else ERROR
        solved = word == judging.SOLVED
        return {
            "id": exercise.id,
            "title": exercise.title,
            "step": exercise.group,
            "points": exercise.points if solved else 0,
            "possible": exercise.points,
            "verdict": word,
            "missing": verdict.missing,
            "trouble": verdict.trouble,
            "file": exercise.file.relative_to(exercise.root).as_posix(),
            "line": found.line,
            "hidden": sum(is_hidden(result) for result in done.results),
            "tests": [test_row(result) for result in done.results],
        }

    def whole(self, exercise: Exercise, missing: str, done: Run) -> list[Result]:
        """A result for each test that is expected: one that is missing has not passed."""
        known = {result.id: result for result in done.of(exercise.id)}
        rows = [
            known.pop(one.id, replace(one, outcome=missing))
            for one in self.expected.get(exercise.id, ())
        ]
        return rows + list(known.values())


class Judge:
    """Judges the exercises of one submission, each alone: see `box`."""

    def __init__(
        self, grading: Grading, box: Box, work: Path, kind: confine.Kind, standby: Standby
    ) -> None:
        self.grading = grading
        self.box = box
        self.work = work
        self.kind = kind
        self.standby = standby
        self.hit: list[str] = []
        """The limits that were hit."""

    def judge(self, exercise: Exercise) -> tuple[Run, Verdict]:
        """What its tests have found, and what follows from it."""
        forms = [False, True] if self.box.others_changed(exercise) else [False]
        kept: tuple[Run, Verdict] | None = None
        for as_given in forms:
            with self.box.alone(exercise, as_given):
                done = self.test(exercise)
            verdict = judging.judge(exercise, done, alone=True)
            kept = kept or (done, verdict)
            if verdict.word == judging.SOLVED:
                return done, verdict
        assert kept
        return kept

    def test(self, exercise: Exercise) -> Run:
        """Runs its tests and those of the instructor, where nothing of another exercise is left."""
        grading = self.grading
        if grading.late.is_set():
            return Run(grading.whole(exercise, "not run", Run()))
        self.work.mkdir(exist_ok=True)
        box, limits = self.box.place, grading.limits
        with confine.Confinement(self.kind, box, self.work, limits) as confinement:
            folder = grading.root / exercise.tests.relative_to(exercise.root)
            done = self.run(judging.files_of(folder, [exercise.id]), exercise, confinement)
            for name, text in grading.job.get("hidden", {}).items():
                if exercise.id in text:
                    with hidden_test(name, text) as path:
                        more = self.run([path], exercise, confinement, BESIDE)
                    done.results += [
                        replace(one, id=hidden_id(name, one.id)) for one in more.results
                    ]
                    done.trouble = f"{done.trouble}\n{more.trouble}".strip()
        self.hit += confinement.hit
        self.hit += [name for one in done.results for name in signs(one)]
        return Run(grading.whole(exercise, "not run", done), done.trouble)

    def run(
        self,
        paths: Sequence[Path],
        exercise: Exercise,
        confinement: confine.Confinement,
        options: Sequence[str] = (),
    ) -> Run:
        """Runs tests in a trusted process, which starts the submission's confined."""
        subject = Subject(str(confinement.box), str(confinement.work))
        enclosure = confinement.enclosure()

        def launch(
            command: Sequence[str], cwd: Path, environment: Mapping[str, str], output: Path
        ) -> running.Process:
            more = {**environment, **confinement.variables()}
            return self.standby.launch(command, cwd, more, output, enclosure)

        return running.run(
            self.grading.root,
            paths,
            exercises=[exercise.id],
            overlay=OVERLAY,
            options=[
                *("-p", "workbook.grading.seam", f"--seed={self.grading.job['seed']}"),
                *options,
            ],
            seconds=SECONDS,
            environment={**subject.to_environment(), "PYTEST_DEBUG_TEMPROOT": subject.work},
            launch=launch,
            stop=self.grading.late,
        )


def test_row(result: Result) -> dict[str, Any]:
    """One test of the result."""
    return {
        "test": result.id,
        "title": result.title,
        "why": result.why,
        "outcome": result.outcome,
        "seconds": result.seconds,
        "limit": next(iter(signs(result)), ""),
        "facts": result.facts,
        "printed": result.output,
        "server": result.server,
        "hidden": is_hidden(result),
    }


def signs(result: Result) -> list[str]:
    """The limits that a test seems to have run into, by what it says."""
    if result.passed:
        return []
    return limits.signs(None, "\n".join([result.text, result.server, result.output]))


def kind_of(job: Mapping[str, Any]) -> confine.Kind:
    """How submissions are confined here; a process that was started for the job has been told."""
    told = job.get("kind")
    if not told:
        return probing.best()
    return confine.Kind(told["name"], tuple(told["groups"]), told["why"])


# ---------------------------------------------------------------- an instructor's own tests


HIDDEN = "hidden/"
"""What the ids of an instructor's own tests begin with."""


def is_hidden(result: Result) -> bool:
    """Whether it is one of the tests that students do not see."""
    return result.id.startswith(HIDDEN)


def hidden_id(name: str, id: str) -> str:
    """The id of such a test, wherever its file lies while it runs."""
    return f"{HIDDEN}{name}::{id.partition('::')[2]}"


@contextlib.contextmanager
def hidden_test(name: str, text: str) -> Iterator[Path]:
    """The file, as long as this lasts, where no submission sees it."""
    with tempfile.TemporaryDirectory(prefix="grading-hidden-") as place:
        path = Path(place) / name
        path.write_text(text, "utf-8")
        yield path


def expected_hidden(root: Path, files: Mapping[str, str]) -> list[list[str]]:
    """What these files hold, as rows: id, exercise, title, why.

    ValueError if it is not a test, or fails on the answers: it would cost the whole class points.
    """
    answers = Overlay(reference=frozenset([ALL])) if (root / "solutions").is_dir() else None
    options = [*BESIDE, *([] if answers else ["--collect-only"])]
    rows = []
    for name, text in files.items():
        with hidden_test(name, text) as path:
            found = running.run(root, [path], overlay=answers, options=options)
        if found.trouble or not found.results:
            raise ValueError(f"{name} cannot be used: {found.trouble or 'it has no tests.'}")
        for one in found.results:
            id = hidden_id(name, one.id)
            if one.exercise is None:
                raise ValueError(f'{id} lacks @pytest.mark.exercise("2.5", why="...")')
            if answers and not one.passed:
                raise ValueError(f"{id} fails on the answers themselves:\n{one.text}")
            rows.append([id, one.exercise, one.title, one.why])
    return rows


# ---------------------------------------------------------------- the workbook


TESTED = ("steps", "tests", "workbook", "solutions")
"""Folders of which the results depend."""


def fingerprint(root: Path) -> str:
    """A hash over all that a verdict depends on, besides the submission."""
    sums = hashlib.sha256()
    for folder in TESTED:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.suffix != ".md" and not SKIPPED.search(name):
                sums.update(f"{name} {path.stat().st_size} ".encode())
                sums.update(path.read_bytes())
    return sums.hexdigest()


# ---------------------------------------------------------------- the box


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder for one submission; nothing of it stays."""
    path = Path(tempfile.mkdtemp(prefix="grading-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    """Files as they travel in a job."""
    return {name: base64.b64encode(data).decode("ascii") for name, data in files.items()}


def decoded(files: Mapping[str, str]) -> dict[str, bytes]:
    """The opposite."""
    return {name: base64.b64decode(data) for name, data in files.items()}


# ---------------------------------------------------------------- as a process of its own


class Ended(BaseException):
    """Whoever wanted the result is gone."""


def follow(orders: queue.SimpleQueue[bytes]) -> None:
    """Passes on each line of stdin, and ends this process cleanly with the end of it."""
    with open(os.dup(0), "rb") as lines:
        for line in lines:
            orders.put(line)
    orders.put(b"")
    os.kill(os.getpid(), signal.SIGTERM)


def end(signum: int, frame: object) -> None:
    """Ends by an exception, so that whatever is open is closed on the way out."""
    raise Ended


def main() -> None:
    """Reads jobs from stdin, and writes their results to stdout; ends with the end of stdin."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    # Ended may come in the middle of the making or the removing of a temporary folder. So all of them
    # lie in one, those of other processes, too, which is removed when it can come no more.
    with folder() as top:
        tempfile.tempdir = os.environ["TMPDIR"] = os.fspath(top)
        signal.signal(signal.SIGTERM, end)
        threading.Thread(target=follow, args=(orders,), daemon=True).start()
        try:
            for order in iter(orders.get, b""):
                answers.write(json.dumps(grade_one(json.loads(order))) + "\n")
                answers.flush()
        except Ended:
            pass
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    main()
