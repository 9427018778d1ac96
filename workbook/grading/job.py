"""Grades one submission: `grade_one(job)`, from JSON to JSON, on whatever machine it runs.

A job carries the content of the submission, and no path: it may be carried out by any executor. What
it finds here is the repository of the grader, which must be the one that made the job.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
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
from workbook.grading import confine
from workbook.grading.limits import Limits
from workbook.grading.seam import Subject
from workbook.judging import Verdict
from workbook.overlay import ALL, Overlay
from workbook.reporting import plain_name
from workbook.running import Result, Run

FORMAT = 1

NEEDED = (
    *("__init__", "overlay", "splice", "catalogue", "leftovers", "trial_check", "trial_subject"),
    *("grading/__init__", "grading/far", "grading/packing"),
)
"""The modules of the workbook that the steps and the submission's side of the proxy need."""

ERROR = "error"


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
        "tier": "",
        "levers": [],
        "seed": job["seed"],
        "submitted": job.get("submitted"),
        "graded": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": 0.0,
        "tests": job.get("tests", ""),
        "content": job.get("content", ""),
        "steps": list(job.get("steps", ())),
        "limits": [],
        "exercises": [],
    }


def failed(job: Mapping[str, Any], why: str) -> dict[str, Any]:
    """The result where the grader itself could not do its work."""
    return {**head(job), "state": "error", "error": why[:2000]}


class Mismatch(Exception):  # noqa: N818 - it is what it says
    """The workbook here is another than that which made the job."""


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
        with folder() as top:
            box = make_box(self.root, top / "box", decoded(self.job["files"]))
            compile_box(box)
            work = top / "work"
            work.mkdir()
            tier = confine.best()
            confine.require(tier, self.job.get("isolation", "D"))
            chosen = [one for one in catalogue.exercises(box) if one.key[0] in self.job["steps"]]
            with (
                confine.Confinement(tier, box, work, self.limits) as confinement,
                self.in_time(),
            ):
                done = self.test(chosen, confinement)
            verdicts = [self.judged(one, done) for one in chosen]
            self.doubt([verdict for verdict in verdicts if verdict.waiting], box)
            return {
                "tier": tier.letter,
                "levers": list(tier.levers),
                "limits": [*confinement.hit, *(["wall"] if self.late.is_set() else [])],
                "exercises": [self.row(one, done) for one in verdicts],
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

    def test(self, chosen: Sequence[Exercise], confinement: confine.Confinement) -> Run:
        """Runs the tests of what is written, in the confinement; then those of the instructor."""
        ids = frozenset(one.id for one in chosen if not is_empty(one))
        packages = sorted({one.package for one in chosen if one.id in ids})
        done = self.run_tests(
            [self.root / "tests" / package for package in packages], ids, confinement
        )
        if hidden := self.job.get("hidden"):
            with hidden_tests(hidden) as paths:
                more = self.run_tests(paths, ids, confinement, ["-p", "tests.conftest"])
            done.results += [replace(one, id=hidden_id(one.id)) for one in more.results]
            done.trouble = f"{done.trouble}\n{more.trouble}".strip()
        return done

    def run_tests(
        self,
        paths: Sequence[Path],
        ids: frozenset[str],
        confinement: confine.Confinement,
        options: Sequence[str] = (),
    ) -> Run:
        """Runs tests in a trusted process, which starts the submission's confined."""
        subject = Subject(str(confinement.box), str(confinement.work))

        def launch(
            command: Sequence[str], cwd: Path, environment: Mapping[str, str], output: Path
        ) -> running.Process:
            more = {**environment, **confinement.variables()}
            return running.start(confinement.enclosed(command), cwd, more, output)

        return running.run(
            self.root,
            paths,
            exercises=sorted(ids),
            overlay=Overlay(empty=ids),
            options=[
                *("-p", "workbook.grading.seam", f"--seed={self.job['seed']}"),
                f"--basetemp={subject.work}/tests",
                *options,
            ],
            seconds=judging.SECONDS,
            environment=subject.to_environment(),
            launch=launch,
            stop=self.late,
        )

    def judged(self, exercise: Exercise, done: Run) -> Verdict:
        """The verdict on one exercise; a test that is expected and is missing has not passed."""
        if is_empty(exercise):
            return Verdict(exercise, judging.NOT_WRITTEN)
        return judging.judge(exercise, Run(self.whole(exercise, done), done.trouble))

    def doubt(self, verdicts: Sequence[Verdict], box: Path) -> None:
        """Looks into what the submission says of tests that wait for an exercise that is empty.

        It may say so of any test. So these tests run once more, on the answers with the same
        exercises left empty: what passes there had nothing to wait for.
        """
        waiting = {one.id for verdict in verdicts for one in verdict.waiting}
        passing = self.passing_on_answers(verdicts, box) if waiting else set()
        for verdict in verdicts:
            mine = waiting if catalogue.is_open(verdict.exercise) else passing
            if false := [one for one in verdict.waiting if one.id in mine]:
                verdict.waiting = [one for one in verdict.waiting if one not in false]
                verdict.bad = verdict.bad + false
                verdict.word = judging.WORDS[verdict.bad[0].outcome]
            elif verdict.word == judging.SOLVED and verdict.passed < len(verdict.waiting):
                verdict.word = judging.NOT_CHECKED

    def passing_on_answers(self, verdicts: Sequence[Verdict], box: Path) -> set[str]:
        """The tests among those that wait that pass on the answers."""
        waiting = [one.id for verdict in verdicts for one in verdict.waiting]
        if not (self.root / "solutions").is_dir():
            return set(waiting)
        empty = frozenset(one.id for one in catalogue.exercises(box) if catalogue.is_open(one))
        done = running.run(
            self.root,
            sorted({self.root / "tests" / verdict.exercise.package for verdict in verdicts}),
            exercises=[verdict.exercise.id for verdict in verdicts],
            names=sorted({plain_name(id.partition("[")[0].rpartition("::")[2]) for id in waiting}),
            overlay=Overlay(empty=empty, reference=frozenset([ALL])),
            options=[f"--seed={self.job['seed']}"],
            seconds=judging.SECONDS,
        )
        hidden = {id for id in waiting if id.startswith(HIDDEN)}
        return {one.id for one in done.results if one.passed} | hidden

    def row(self, verdict: Verdict, done: Run) -> dict[str, Any]:
        """One exercise of the result."""
        exercise = verdict.exercise
        tests = self.whole(exercise, done)
        word = verdict.word
        if word == judging.NOT_CHECKED and not verdict.needs:
            word = judging.HUNG if self.late.is_set() else ERROR
        solved = word == judging.SOLVED
        return {
            "id": exercise.id,
            "title": exercise.title,
            "step": exercise.key[0],
            "points": exercise.points if solved else 0,
            "possible": exercise.points,
            "verdict": word,
            "needs": verdict.needs,
            "missing": verdict.missing,
            "trouble": verdict.trouble,
            "waiting": [one.id for one in verdict.waiting],
            "file": exercise.file.relative_to(exercise.root).as_posix(),
            "line": catalogue.position(exercise).line,
            "hidden": sum(is_hidden(result) for result in tests),
            "tests": [test_row(result) for result in tests],
        }

    def whole(self, exercise: Exercise, done: Run) -> list[Result]:
        """A result for each test that is expected: one that is missing has not passed."""
        missing = "not written" if is_empty(exercise) else "not run"
        known = {result.id: result for result in done.of(exercise.id)}
        rows = [
            known.pop(one.id, replace(one, outcome=missing))
            for one in self.expected.get(exercise.id, ())
        ]
        return rows + list(known.values())


def test_row(result: Result) -> dict[str, Any]:
    """One test of the result."""
    return {
        "test": result.id,
        "title": result.title,
        "why": result.why,
        "outcome": result.outcome,
        "seconds": result.seconds,
        "limit": "",
        "facts": result.facts,
        "printed": result.output,
        "server": result.server,
        "hidden": is_hidden(result),
    }


def is_empty(exercise: Exercise) -> bool:
    """Whether the submission has left it empty. What Python cannot even read is not empty."""
    try:
        return catalogue.is_empty(exercise)
    except (RecursionError, MemoryError):
        return False


# ---------------------------------------------------------------- an instructor's own tests


HIDDEN = "hidden/"
"""What the ids of an instructor's own tests begin with."""


def is_hidden(result: Result) -> bool:
    """Whether it is one of the tests that students do not see."""
    return result.id.startswith(HIDDEN)


def hidden_id(id: str) -> str:
    """The id of such a test, wherever its file lies while it runs."""
    path, _, rest = id.partition("::")
    return f"{HIDDEN}{path.rpartition('/')[2]}::{rest}"


@contextlib.contextmanager
def hidden_tests(files: Mapping[str, str]) -> Iterator[list[Path]]:
    """The files, as long as this lasts, where no submission sees them."""
    with tempfile.TemporaryDirectory(prefix="grading-hidden-") as place:
        for name, text in files.items():
            (Path(place) / name).write_text(text, "utf-8")
        yield [Path(place) / name for name in files]


def expected_hidden(root: Path, files: Mapping[str, str]) -> list[list[str]]:
    """What these files hold, as rows: id, exercise, title, why. ValueError where it is no test."""
    if not files:
        return []
    with hidden_tests(files) as paths:
        found = running.run(root, paths, options=["--collect-only", "-p", "tests.conftest"])
    if found.trouble:
        raise ValueError(found.trouble)
    if lost := [one.id for one in found.results if one.exercise is None]:
        raise ValueError(f'{hidden_id(lost[0])} does not say @pytest.mark.exercise("2.5", why="…")')
    return [[hidden_id(one.id), str(one.exercise), one.title, one.why] for one in found.results]


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


def make_box(root: Path, box: Path, files: Mapping[str, bytes]) -> Path:
    """The steps as they were handed out with the submission's files over them; no answers."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(root / "steps", box / "steps", ignore=ignored)
    for name in NEEDED:
        target = box / "workbook" / f"{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / "workbook" / f"{name}.py", target)
    for name, data in files.items():
        target = box / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return box


COMPILE = """
import compileall, sys
from pathlib import Path
sys.setrecursionlimit(10_000)
box = Path(sys.argv[1])
from workbook import overlay
files = overlay.Files(str(box), overlay.Overlay())
for path in sorted(box.glob("steps/**/*.py")):
    name = ".".join(path.relative_to(box).with_suffix("").parts).removesuffix(".__init__")
    try:
        overlay.OverlayLoader(name, str(path), files).get_code(name)
    except Exception:
        pass  # a slip in the submission: it shows when the module is imported
compileall.compile_dir(box / "workbook", quiet=2)
compileall.compile_file(box / "steps" / "__init__.py", quiet=2)
"""


def compile_box(box: Path, seconds: float = 60.0) -> None:
    """Compiles every module beforehand, for the box is read-only later. Nothing of it runs."""
    environment = {"PYTHONPATH": str(box), "PYTHONSAFEPATH": "1"}
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-c", COMPILE, str(box)],
            cwd=box,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )


# ---------------------------------------------------------------- as a process of its own


class Ended(BaseException):
    """Whoever wanted the result is gone."""


def follow() -> None:
    """Waits for the end of stdin, and ends this process then, in good order."""
    while os.read(0, 1 << 16):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def end(signum: int, frame: object) -> None:
    """Ends by an exception, so that whatever is open is closed on the way out."""
    raise Ended


def main() -> None:
    """Reads a job from stdin, and writes its result to stdout; ends early with the end of stdin."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = json.loads(_line())
    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=follow, daemon=True).start()
    try:
        result = grade_one(order)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except Ended:
        sys.exit(1)
    answers.write(json.dumps(result) + "\n")
    answers.flush()


def _line() -> bytes:
    """The first line of stdin, and nothing behind it."""
    data = b""
    while not data.endswith(b"\n"):
        piece = os.read(0, 1 << 20)
        if not piece:
            sys.exit(1)
        data += piece
    return data


if __name__ == "__main__":
    main()
