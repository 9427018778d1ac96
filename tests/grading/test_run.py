"""A run over a class: what is kept, what is graded again, and what a kill costs."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest import mock

import pytest

from tests.grading import classroom
from tests.grading.classroom import put, written
from workbook.calls import Call, CallTrouble
from workbook.grading import command, confine, job, run
from workbook.grading.run import Bar, Plan, Run

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(240)]

POINTS = {
    "ada": classroom.points(["2.1", "2.2"]),
    "bob": classroom.points(["2.1"]),
    "eve": 0,
    "zoe": classroom.points(["2.2"]),
}


@pytest.fixture
def lecture(tmp_path):
    """Four submissions."""
    top = tmp_path / "class"
    put(top / "ada", written(["2.1", "2.2"]))
    put(top / "bob", written(["2.1"]))
    put(top / "eve", {})
    put(top / "zoe", written(["2.2"], wrong=["2.1"]))
    return top


@pytest.fixture
def fast(monkeypatch):
    """Grades without running a test: a submission has as many points as it has files."""
    graded = []

    def quick(order):
        graded.append(order["id"])
        if order["id"] == "broken":
            raise OSError("no space left")
        facts = {"verdict": "solved", "step": 2}
        row = {"id": "2.1", "points": len(order["files"]), "possible": 1, **facts}
        return {**job.head(order), "exercises": [row]}

    monkeypatch.setattr(run, "job_apart", quick)
    monkeypatch.setattr(run, "expected", lambda plan, hidden: [])
    monkeypatch.setattr(job, "fingerprint", lambda root: "these tests")
    return graded


def scores(out):
    """The points in the results, by id."""
    return {
        one["id"]: sum(row["points"] for row in one["exercises"])
        for one in run.results(out / "results")
    }


def plan(lecture, **more):
    return Plan(source=lecture, out=lecture.parent / "out", steps=(2,), **more)


# ---------------------------------------------------------------- what is graded, and when


def test_a_class_with_known_scores(lecture):
    """Each has exactly the points of what is right; each result has a row for every test."""
    summary = Run(plan(lecture, jobs=2)).run()
    assert sorted(summary.graded) == ["ada", "bob", "eve", "zoe"]
    out = lecture.parent / "out"
    assert scores(out) == POINTS
    results = {one["id"]: one for one in run.results(out / "results")}
    rows = {
        id: [row["test"] for one in result["exercises"] for row in one["tests"]]
        for id, result in results.items()
    }
    assert len(rows["eve"]) > 100
    assert len(set(map(tuple, rows.values()))) == 1
    assert len({one["seed"] for one in results.values()}) > 1
    assert all(one["content"] for one in results.values())


def test_a_second_run_does_what_is_new(lecture, fast):
    """Graded once is graded; what has changed since, what is new and what failed is graded again."""
    put(lecture / "broken", {})
    first = Run(plan(lecture)).run()
    assert (sorted(first.graded), first.failed) == (["ada", "bob", "eve", "zoe"], ["broken"])
    fast.clear()
    put(lecture / "bob", {"steps/more.py": b"x = 1\n"})
    put(lecture / "new", {})
    second = Run(plan(lecture)).run()
    assert sorted(fast) == ["bob", "broken", "new"]
    assert sorted(second.kept) == ["ada", "eve", "zoe"]
    assert second.stale == []


def test_a_time_that_is_corrected(lecture, fast):
    """When it was handed in may change without the content: it is not graded again, but not late."""
    for name in ("ada", "bob"):
        shutil.make_archive(str(lecture / name), "zip", lecture / name)
        shutil.rmtree(lecture / name)
    os.utime(lecture / "ada.zip", (2e9, 2e9))
    Run(plan(lecture)).run()
    fast.clear()
    os.utime(lecture / "ada.zip", (1e9, 1e9))
    assert sorted(Run(plan(lecture)).run().kept) == ["ada", "bob", "eve", "zoe"]
    assert fast == []
    path = plan(lecture).path("ada")
    assert json.loads(path.read_text())["submitted"] == "2001-09-09T01:46:40+00:00"


def test_regrade_and_only(lecture, fast, monkeypatch):
    """--regrade does all again, --only one; results of other tests are kept, and told of."""
    Run(plan(lecture)).run()
    fast.clear()
    Run(plan(lecture, only=("bob",), regrade=True)).run()
    assert fast == ["bob"]
    fast.clear()
    Run(plan(lecture, only=("BOB",), regrade=True)).run()
    assert fast == ["bob"]
    with pytest.raises(run.RunTrouble, match="no submission 'nobody'"):
        Run(plan(lecture, only=("nobody",))).run()
    monkeypatch.setattr(job, "fingerprint", lambda root: "other tests")
    assert sorted(Run(plan(lecture)).run().stale) == ["ada", "bob", "eve", "zoe"]
    fast.clear()
    Run(plan(lecture, regrade=True)).run()
    assert sorted(fast) == ["ada", "bob", "eve", "zoe"]


def test_other_hidden_tests_are_another_job(lecture, fast, tmp_path):
    """A changed test of the instructor's own has to be run, like one that is new."""
    mine = tmp_path / "test_mine.py"
    mine.write_text("one", "utf-8")
    for text, again in (("one", True), ("one", False), ("other", True)):
        mine.write_text(text, "utf-8")
        fast.clear()
        Run(plan(lecture, hidden=(mine,))).run()
        assert bool(fast) is again, text
    fast.clear()
    Run(plan(lecture)).run()
    assert sorted(fast) == ["ada", "bob", "eve", "zoe"]


def test_results_are_whole(lecture, fast):
    """Half a result is none: it is cleared away, and the submission graded again."""
    out = plan(lecture).results
    out.mkdir(parents=True)
    (out / ".ada.json.1.tmp").write_text('{"format": 1, "st')
    (out / "bob.json").write_text('{"format": 1, "st')
    Run(plan(lecture)).run()
    assert sorted(path.name for path in out.iterdir()) == [
        *("ada.json", "bob.json", "eve.json", "zoe.json")
    ]
    assert sorted(fast) == ["ada", "bob", "eve", "zoe"]


def test_memory_stays_flat(tmp_path, fast):
    """However many there are, only as many are in memory as are being graded."""
    for number in range(40):
        put(tmp_path / f"class/s{number:02}", {})
    at_once, most = 0, 0

    class Watcher:
        def begin(self, total, kept):
            assert total == 40

        def started(self, id):
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)

        def finished(self, result):
            nonlocal at_once
            at_once -= 1

    Run(plan(tmp_path / "class", jobs=2), Watcher()).run()
    assert most <= 3
    assert len(fast) == 40


def test_a_workbook_that_is_written_in(lecture, fast, monkeypatch):
    """Where the steps of the workbook itself are written, nothing is graded."""
    monkeypatch.setattr(run.catalogue, "is_empty", lambda exercise: exercise.id != "2.1")
    with pytest.raises(run.RunTrouble, match=r"Exercise 2\.1 is written"):
        Run(plan(lecture)).run()


# ---------------------------------------------------------------- a run that is killed


def grading(folder):
    """The processes whose command line or environment speaks of a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            told = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in told and int(path.name) != os.getpid():
            found.append(int(path.name))
    return found


def a_moment():
    """Lets others do something, until one looks again."""
    threading.Event().wait(0.02)


def gone(folder, seconds=20.0):
    """Whether they are gone, soon."""
    deadline = time.monotonic() + seconds
    while grading(folder) and time.monotonic() < deadline:
        a_moment()
    return not grading(folder)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed(lecture, tmp_path, signum):
    """A kill in the middle costs what was in flight; no process stays; the next run goes on."""
    # the one that comes last in the alphabet takes long enough to be killed in it
    files = written(["2.1"])
    name = "steps/s02_resp/encode.py"
    endless = classroom.spoiled(files[name], "encode_line", "while True: pass")
    put(lecture / "zz_slow", {name: endless})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    words = ["checker.py", "grade", str(lecture), "--steps", "2", "--jobs", "1"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    results = lecture.with_name("class-graded") / "results"
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=classroom.ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 120
        while not list(results.glob("zoe.json")) and time.monotonic() < deadline:
            assert process.poll() is None
            a_moment()
        while not list(temporary.glob("grading-*/grading-*/work")) and time.monotonic() < deadline:
            a_moment()
        process.send_signal(signum)
        process.wait(60)
    assert gone(temporary)
    assert list(temporary.iterdir()) == []
    before = {path.name: path.stat().st_mtime_ns for path in results.glob("*.json")}
    assert sorted(before) == ["ada.json", "bob.json", "eve.json", "zoe.json"]
    (lecture / "zz_slow" / name).write_bytes(files[name])
    summary = Run(Plan(source=lecture, out=results.parent, steps=(2,))).run()
    assert summary.graded == ["zz_slow"]
    assert {path: before[path] for path in before} == {
        path.name: path.stat().st_mtime_ns for path in results.glob("*.json") if path.name in before
    }
    assert scores(results.parent) == {**POINTS, "zz_slow": POINTS["bob"]}


# ---------------------------------------------------------------- the call


def plan_of(*words):
    return command.plan_of(Call(classroom.ROOT, list(words), ["grade", *words]))


def test_an_open_confinement_comes_with_a_warning():
    """It says so first, and why; a sealed one is only named."""
    bar = mock.Mock()
    command.announce(confine.Kind("open", why="bwrap is not installed"), bar)
    command.announce(confine.Kind("sealed", ("pids",)), bar)
    warning, *rest = (one.args[0] for one in bar.put.call_args_list)
    assert warning.startswith("WARNING: nothing keeps submissions away")
    assert "bwrap is not installed" in warning
    assert rest == [
        "Confinement: open, with limits of each process and of time only.",
        "Confinement: sealed by bubblewrap, with a cgroup for pids.",
    ]


def test_the_options(tmp_path):
    """What the words of the call become."""
    test = tmp_path / "mine.py"
    test.write_text("")
    made = plan_of(
        *("class", "--steps", "1-3,7", "--only", "ada", "--only", "bob", "--jobs", "3"),
        *("--regrade", "--require-isolation", "--hidden", str(test), "--seed", "7"),
        *("--dask", "tcp://10.0.0.1:8786", "--out", "there"),
    )
    assert made.steps == (1, 2, 3, 7)
    assert (made.only, made.jobs, made.regrade) == (("ada", "bob"), 3, True)
    assert (made.sealed, made.hidden, made.seed) == (True, (test,), 7)
    assert (made.dask, made.out, made.source) == (
        "tcp://10.0.0.1:8786",
        Path("there"),
        Path("class"),
    )
    assert plan_of("some/class").out == Path("some/class-graded").resolve()
    assert plan_of("class").steps == tuple(range(1, 11))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say which submissions"),
        (["a", "b"], "'b' is not understood"),
        (["a", "--steps", "4-"], "--steps takes numbers"),
        (["a", "--steps", "77"], "the workbook has steps from"),
        (["a", "--require-isolation", "B"], "'B' is not understood"),
        (["a", "--only"], "--only takes a word"),
        (["a", "--hidden", "none.py"], "--hidden takes a Python file"),
        (["a", "--jobs", "0"], "--jobs takes"),
        (["a", "--out", "x", "--out", "y"], "--out is given twice"),
    ],
)
def test_calls_that_make_no_sense(words, said):
    """A wrong call is refused in one sentence."""
    with pytest.raises(CallTrouble, match=said):
        plan_of(*words)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_how_far_it_is():
    """The line tells how many are graded, and how long the rest will take."""
    now = [0.0]
    stream = Terminal()
    bar = Bar(stream, clock=lambda: now[0])
    bar.begin(4, kept=2)
    assert "2 were graded before" in stream.getvalue()
    result = {**job.head({"id": "ada", "seed": 1}), "seconds": 100.0}
    now[0] = 100.0
    bar.finished(result)
    assert bar.text() == "  ●●●●●···············  1 of 4  about 5 min left"
    now[0] = 240.0
    bar.finished(result)
    bar.finished(result)
    assert bar.text().endswith("3 of 4  80 s left")
    bar.finished({**result, "state": "error"})
    assert bar.text().endswith("4 of 4")
    assert "ERROR" in stream.getvalue()


# ---------------------------------------------------------------- a cluster


WORKERS = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as c:
        pids = [str(worker.process.pid) for worker in c.workers.values()]
        print(c.scheduler_address, *pids, flush=True)
        sys.stdin.read()
"""


def test_a_cluster_that_loses_a_worker(lecture, tmp_path):
    """One of two workers is killed in the middle: nothing is lost, and nothing counts twice."""
    pytest.importorskip("distributed")
    program = tmp_path / "cluster.py"
    program.write_text(WORKERS)
    environment = {**os.environ, "PYTHONPATH": str(classroom.ROOT)}
    with subprocess.Popen(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as cluster:
        address, *pids = cluster.stdout.readline().split()
        finished = []

        class Watcher:
            def begin(self, total, kept):
                assert total == 4

            def started(self, id):
                if id == "eve":  # two are at work by now
                    os.kill(int(pids[0]), signal.SIGKILL)

            def finished(self, result):
                finished.append(result["id"])

        summary = Run(plan(lecture, dask=address), Watcher()).run()
        assert summary.failed == []
        cluster.stdin.close()
    assert sorted(finished) == sorted(summary.graded) == ["ada", "bob", "eve", "zoe"]
    assert scores(lecture.parent / "out") == POINTS
    assert json.loads((lecture.parent / "out/results/ada.json").read_text())["state"] == "graded"
