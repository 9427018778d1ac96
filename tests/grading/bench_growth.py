"""How grading grows with the class: `python -m tests.grading.bench_growth [200]`.

Classes of one submission to so many, each with step 2 answered, are graded one after the other: how
many a minute and a core, whether that stays the same, and how much memory the grader takes.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.grading import classroom
from workbook import catalogue
from workbook.grading import probing, reports
from workbook.grading.config import Config
from workbook.grading.run import Plan, Run

STEPS = (2,)


def main() -> None:
    """Prints a line for each size."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    ids = [one.id for one in catalogue.exercises() if one.key[0] <= STEPS[-1]]
    files = classroom.written(ids)
    cores = os.cpu_count() or 1
    print(f"{probing.best()}, {cores} cores, {len(files)} files a submission")
    print("submissions   seconds   a minute and core   grader's memory (MB)   reports (s)")
    sizes = sorted({1, *(size for size in (10, 50, 100, 200, 500) if size < most), most})
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as place:
            top = Path(place)
            for number in range(size):
                classroom.put(top / "class" / f"s{number:03}", files)
            begun = time.monotonic()
            summary = Run(Plan(source=top / "class", out=top / "out", steps=STEPS)).run()
            seconds = time.monotonic() - begun
            assert len(summary.graded) == size, summary
            begun = time.monotonic()
            reports.write_reports(top / "out", Config(steps=STEPS))
            written = time.monotonic() - begun
        at_once = min(size, cores)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rate = 60 * size / seconds / at_once
        print(f"{size:11} {seconds:9.1f} {rate:19.1f} {memory:22.0f} {written:13.2f}", flush=True)


if __name__ == "__main__":
    main()
