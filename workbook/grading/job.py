"""Grades one submission: `grade_one(job)`, from JSON to JSON, on whatever machine it runs.

A job carries the content of the submission, and no path: it may be carried out by any executor. What
it finds here is the repository of the grader, which must be the one that made the job.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
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
from workbook.grading import confine, limits, probing
from workbook.grading.intake import SKIPPED
from workbook.grading.limits import Limits
from workbook.grading.subject import Subject
from workbook.judging import Verdict
from workbook.overlay import ALL, Overlay
from workbook.running import Result, Run

FORMAT = 1

NEEDED = (
    *("__init__", "overlay", "splice", "catalogue", "leftovers", "trial_check", "trial_subject"),
    *("grading/__init__", "grading/far", "grading/packing", "labs/__init__"),
)
"""The modules of the workbook that the steps and the submission's side of the proxy need."""

ERROR = "error"

SECONDS = 20.0
"""Seconds that a test may take: twice as long as with a learner, for several are graded at a time."""


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
        if self.job.get("remote") and fingerprint(self.root) != self.job["tests"]:
            raise Mismatch(f"the workbook in {self.root} is another than that which made the job")
        kind = kind_of(self.job)
        if self.job.get("sealed"):
            confine.require_sealed(kind)
        with folder() as top:
            box = make_box(self.root, top / "box", decoded(self.job["files"]))
            chosen = [one for one in catalogue.exercises(box) if one.key[0] in self.job["steps"]]
            written = [one for one in chosen if not is_empty(one)]
            done, hit = Run(), list[str]()
            if written:
                compile_box(box, max(one.key[0] for one in written))
                done, hit = self.confined(written, box, top / "work", kind)
            verdicts = self.judged(chosen, done, box)
            return {
                "confinement": kind.name,
                "groups": list(kind.groups),
                "limits": hit,
                "exercises": [self.row(one, done) for one in verdicts],
            }

    def confined(
        self, written: Sequence[Exercise], box: Path, work: Path, kind: confine.Kind
    ) -> tuple[Run, list[str]]:
        """The results of the tests, and the limits that were hit."""
        work.mkdir()
        with confine.Confinement(kind, box, work, self.limits) as confinement, self.in_time():
            done = self.test(written, confinement)
        seen = [name for one in done.results for name in signs(one)]
        wall = ["wall"] if self.late.is_set() else []
        return done, list(dict.fromkeys([*confinement.hit, *seen, *wall]))

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

    def test(self, written: Sequence[Exercise], confinement: confine.Confinement) -> Run:
        """Runs the tests of what is written, in the confinement; then those of the instructor."""
        ids = frozenset(one.id for one in written)
        packages = sorted({one.package for one in written})
        done = self.run_tests(
            [self.root / "tests" / package for package in packages], ids, confinement
        )
        for name, text in self.job.get("hidden", {}).items():
            with hidden_test(name, text) as path:
                more = self.run_tests([path], ids, confinement, ["-p", "tests.conftest"])
            done.results += [replace(one, id=hidden_id(name, one.id)) for one in more.results]
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
            seconds=SECONDS,
            environment=subject.to_environment(),
            launch=launch,
            stop=self.late,
        )

    def judged(self, chosen: Sequence[Exercise], done: Run, box: Path) -> list[Verdict]:
        """The verdicts.

        Where exercises are empty, a test may fail for their sake; then it waits for them, and says
        nothing about its own. What a submission says about that is not believed: such tests run
        once more, on the answers with the same exercises left empty. Those that fail there, too,
        wait.
        """
        empty = frozenset(one.id for one in catalogue.exercises(box) if is_open(one))
        failed = {
            result.id: result
            for one in chosen
            for result in done.of(one.id)
            if one.id not in empty and result.outcome in judging.WORDS and names_another(result)
        }
        waiting = self.failing_on_answers(list(failed.values()), empty) if empty else {}
        return [self.verdict(one, done, waiting) for one in chosen]

    def failing_on_answers(
        self, failed: Sequence[Result], empty: frozenset[str]
    ) -> dict[str, list[str]]:
        """Those of these tests that fail on the answers, and for which exercises they wait."""
        if not failed or not (self.root / "solutions").is_dir():
            return {}
        exercises = [str(one.exercise) for one in failed]
        steps = {int(id.partition(".")[0]) for id in exercises}
        packages = [one.package for one in catalogue.steps(self.root) if one.number in steps]
        names = sorted({running.plain_name(one.id) for one in failed})

        def run(paths: Sequence[Path], *options: str) -> list[Result]:
            return running.run(
                self.root,
                paths,
                exercises=sorted(set(exercises)),
                names=names,
                overlay=Overlay(empty=empty, reference=frozenset([ALL])),
                options=[f"--seed={self.job['seed']}", *options],
                seconds=SECONDS,
                stop=self.late,
            ).results

        results = run([self.root / "tests" / package for package in packages])
        for name, text in self.job.get("hidden", {}).items():
            with hidden_test(name, text) as path:
                more = run([path], "-p", "tests.conftest")
            results += [replace(one, id=hidden_id(name, one.id)) for one in more]
        return {
            one.id: [str(id) for id in one.facts.get("unwritten", ())]
            for one in results
            if not one.passed
        }

    def verdict(
        self, exercise: Exercise, done: Run, waiting: Mapping[str, Sequence[str]]
    ) -> Verdict:
        """The verdict on one exercise: each of its tests has to be seen to pass, or to wait."""
        if is_empty(exercise):
            return Verdict(exercise, judging.NOT_WRITTEN)
        own = self.whole(exercise, done)
        found = [one for one in own if one.outcome in judging.WORDS]
        passed = sum(one.passed for one in own)
        awaited = {id for one in found for id in waiting.get(one.id, ())}
        verdict = Verdict(
            exercise,
            judging.SOLVED,
            bad=[one for one in found if one.id not in waiting],
            waiting=[one for one in found if one.id in waiting],
            awaited=sorted(awaited - {exercise.id}, key=catalogue.id_key),
            passed=passed,
        )
        if verdict.bad:
            stub = f"NotImplementedError: exercise {exercise.id}\n"
            empty = all(stub in one.text + "\n" for one in verdict.bad)
            verdict.word = judging.NOT_WRITTEN if empty else judging.WORDS[verdict.bad[0].outcome]
            if not empty and not catalogue.exists(exercise):
                verdict.missing = f"There is no function {exercise.qualname} any more."
        elif done.trouble or passed + len(found) < len(own) or passed <= len(verdict.waiting):
            verdict.word = judging.NOT_CHECKED
            verdict.trouble = done.trouble
        return verdict

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


def is_open(exercise: Exercise) -> bool:
    """Whether a call of it ends in its NotImplementedError."""
    try:
        return catalogue.is_open(exercise)
    except (RecursionError, MemoryError):
        return False


def is_empty(exercise: Exercise) -> bool:
    """Whether the submission has left it empty. What Python cannot even read is not empty."""
    try:
        return catalogue.is_empty(exercise)
    except (RecursionError, MemoryError):
        return False


def names_another(result: Result) -> bool:
    """Whether a failure speaks of an exercise that is not written."""
    told = f"{result.facts.get('got', '')}\n{result.server}\n{result.output}"
    signs = r"exercise \d+\.\d+ is not written|NotImplementedError: exercise \d"
    return bool({"unwritten", "needs"} & result.facts.keys() or re.search(signs, told))


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

    ValueError where it is no test, or fails on the answers: it would cost the whole class points.
    """
    answers = Overlay(reference=frozenset([ALL])) if (root / "solutions").is_dir() else None
    options = ["-p", "tests.conftest", *([] if answers else ["--collect-only"])]
    rows = []
    for name, text in files.items():
        with hidden_test(name, text) as path:
            found = running.run(root, [path], overlay=answers, options=options)
        if found.trouble or not found.results:
            raise ValueError(f"{name} cannot be used: {found.trouble or 'it has no tests.'}")
        for one in found.results:
            id = hidden_id(name, one.id)
            if one.exercise is None:
                raise ValueError(f'{id} does not say @pytest.mark.exercise("2.5", why="...")')
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


def make_box(root: Path, box: Path, files: Mapping[str, bytes]) -> Path:
    """The steps as they were handed out with the submission's files over them; no answers."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for tree in ("steps", "workbook/labs"):
        shutil.copytree(root / tree, box / tree, ignore=ignored)
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
for path in sorted(box.glob("steps/s*/**/*.py")):
    if int(path.relative_to(box).parts[1][1:3]) > int(sys.argv[2]):
        continue
    name = ".".join(path.relative_to(box).with_suffix("").parts).removesuffix(".__init__")
    try:
        overlay.OverlayLoader(name, str(path), files).get_code(name)
    except Exception:
        pass  # a slip in the submission: it shows when the module is imported
compileall.compile_dir(box / "workbook", quiet=2)
compileall.compile_file(box / "steps" / "__init__.py", quiet=2)
"""


def compile_box(box: Path, last: int, seconds: float = 60.0) -> None:
    """Compiles the modules up to a step beforehand: the box is read-only later. None of it runs."""
    environment = {"PYTHONPATH": str(box), "PYTHONSAFEPATH": "1"}
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-c", COMPILE, str(box), str(last)],
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
