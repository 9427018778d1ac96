"""Runs a file of Python in this process, and ends it when its time is up.

    python -m workbook.bounded SECONDS FILE

Where each thread stands at that moment is printed first: a deadlock shows both its sides. What the
file prints to stderr comes with the rest, in order.
"""

from __future__ import annotations

import faulthandler
import linecache
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
NAME = "experiment"
"""What the file is called in tracebacks."""

TIME_IS_UP = 97
"""The exit code for that."""

STUCK = 2.0
"""Seconds later, what holds the whole interpreter is ended from below Python."""


def main(seconds: float, file: str) -> int:
    """Runs it; the exit code is 1 where an exception got out."""
    os.dup2(1, 2)
    source = Path(file).read_text("utf-8")
    linecache.cache[NAME] = (len(source), None, source.splitlines(True), NAME)
    watch = threading.Timer(seconds, time_is_up, [seconds])
    watch.daemon = True
    watch.start()
    faulthandler.dump_traceback_later(seconds + STUCK, exit=True)
    try:
        exec(compile(source, NAME, "exec"), {"__name__": "__main__"})
    except SystemExit:
        raise
    except BaseException as error:
        print(*rows(error), sep="", end="")
        return 1
    return 0


def rows(error: BaseException) -> Iterator[str]:
    """The traceback, without this module's frame, and without marks that not every Python makes."""
    told = traceback.TracebackException.from_exception(error)
    told.stack[:] = [
        traceback.FrameSummary(row.filename, row.lineno, row.name, line=row.line)
        for row in told.stack
        if Path(row.filename) != Path(__file__)
    ]
    yield from told.format()


def time_is_up(seconds: float) -> None:
    """Says where the threads stand, and ends the process."""
    print(f"Stopped after {seconds:g} s. It was at:", flush=True)
    frames = sys._current_frames()
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        rows = list(stack(frame)) if frame else []
        if rows and thread is not threading.current_thread():
            print(f"  {thread.name} at", *rows, sep="\n    ", flush=True)
    os._exit(TIME_IS_UP)


def stack(frame: FrameType) -> list[str]:
    """The rows of a thread: the frames of the file and of the repository, outermost first."""
    rows = []
    for row in traceback.extract_stack(frame):
        name = row.filename.removeprefix(f"{ROOT}{os.sep}").replace(os.sep, "/")
        if name == NAME or name.startswith(("steps/", "solutions/")):
            rows.append(f"{name}:{row.lineno}, in {row.name}: {row.line}")
    return rows


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2]))
