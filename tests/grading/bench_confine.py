"""What confinement costs: `python -m tests.grading.bench_confine`, on a machine with nothing to do.

A process start is measured side by side with a plain one, and a whole submission (all of steps 1 to
3, answered) side by side with an open one.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from unittest import mock

from tests.grading import classroom
from workbook.grading import confine, job, outside, probing

ROUNDS = 12
STEPS = (1, 2, 3)


def used() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    spent = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def used_by_warden() -> float:
    """The same of the warden and of the confined processes, which are its children."""
    ticks = 0
    for pid in outside.descendants(os.getpid()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def starts() -> None:
    """Prints milliseconds of a start: by the clock, and of the processor. Runs enclosed."""
    inside = confine.inside()
    assert inside is not None
    work = inside.work
    command = [sys.executable, "-I", "-S", "-c", "pass"]
    ways: dict[str, Callable[[], int]] = {
        "plain": lambda: subprocess.Popen(command, cwd=work, start_new_session=True).wait(),
        "confined": lambda: inside.popen(command, cwd=work, env={}).wait(),
    }
    clock: dict[str, list[float]] = {name: [] for name in ways}
    processor = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            before = used() + used_by_warden()
            for _ in range(10):
                begun = time.perf_counter()
                way()
                clock[name].append(time.perf_counter() - begun)
            processor[name] += used() + used_by_warden() - before
    print(
        json.dumps(
            {
                name: [median(clock[name]) * 1e3, processor[name] / len(clock[name]) * 1e3]
                for name in ways
            }
        )
    )


def measure_starts(kind: confine.Kind) -> dict[str, list[float]]:
    """The same for a kind, from outside."""
    with tempfile.TemporaryDirectory() as folder:
        box, work = Path(folder, "box"), Path(folder, "work")
        box.mkdir()
        work.mkdir()
        with confine.Confinement(kind, box, work) as confinement:
            words = [sys.executable, "-m", "tests.grading.bench_confine", "starts"]
            done = subprocess.run(
                confinement.enclosed(words), cwd=classroom.ROOT, stdout=subprocess.PIPE, check=True
            )
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def measure_submission(kind: confine.Kind) -> float:
    """Seconds for a whole submission by the clock; of the processor, a sandbox tells nothing."""
    ids = [one.id for one in job.catalogue.exercises() if one.key[0] in STEPS]
    order = classroom.order(classroom.written(ids), *STEPS)
    begun = time.perf_counter()
    with mock.patch.object(probing, "best", return_value=kind):
        result = job.grade_one(order)
    assert set(classroom.verdicts(result).values()) == {"solved"}, classroom.verdicts(result)
    return time.perf_counter() - begun


def main() -> None:
    """Measures, and prints."""
    best = probing.best()
    print(best)
    for name, (clock, processor) in measure_starts(best).items():
        print(f"a start, {name:<10} {clock:7.1f} ms by the clock {processor:7.1f} ms of processor")
    none = confine.Kind(confine.OPEN)
    seen: dict[str, list[float]] = {"confined": [], "open": []}
    for _ in range(3):
        for name, kind in (("confined", best), ("open", none)):
            seen[name].append(measure_submission(kind))
    for name, values in seen.items():
        print(f"steps 1 to 3, {name:<10} {median(values):6.1f} s by the clock")


if __name__ == "__main__":
    starts() if sys.argv[1:] == ["starts"] else main()
