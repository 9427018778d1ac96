"""The child processes of a notebook, none of which outlives it, however it ends.

A server is a `wire.Server` in a folder of its own. It ends at the end of its `with`, with `stop()`,
with the cell that started it if that cell fails or is interrupted, when that cell is run again, and
with the kernel. The last is the hard one: a kernel may be killed, and then none of its code
runs. So a guard, a small separate process, waits on a pipe for the kernel's end, and cleans up.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from workbook import bounded, machine, running, unwritten, wire
from workbook.catalogue import ROOT

LATE = 5.0
"""Seconds beyond its time after which a child that does not even say where it stands is killed."""


class Client(wire.Client):
    """A client of a notebook. A reply that names a missing exercise ends the cell."""

    def read(self) -> Any:
        __tracebackhide__ = True
        reply = super().read()
        if isinstance(reply, wire.ErrorReply) and unwritten.told(reply):
            raise unwritten.Unwritten(reply)
        return reply


class Server(wire.Server):
    """A server of a notebook: as in the tests, and with the folder in which it runs."""

    client_class = Client

    def __init__(
        self, step: str | int, *arguments: str | int, folder: Path, timeout: float
    ) -> None:
        __tracebackhide__ = True
        self.folder = folder
        super().__init__(
            step, *arguments, root=ROOT, cwd=folder, timeout=timeout, env={"COLUMNS": "80"}
        )

    def __repr__(self) -> str:
        return f"<the server of {self.step}, {'running' if self.exit_code() is None else 'ended'}>"

    def __enter__(self) -> Server:
        return self


def serve(step: str | int, *arguments: str | int, timeout: float) -> Server:
    """Starts one; the folder goes with the kernel, so that a cell can look into it afterwards."""
    __tracebackhide__ = True
    house = household()
    folder = Path(tempfile.mkdtemp(prefix=f"{step}-", dir=house.folder))
    return house.take_in(Server(step, *arguments, folder=folder, timeout=timeout))


# ---------------------------------------------------------------- whose children they are


class Place(NamedTuple):
    """The line of a cell that starts a child, and how many cells had run before."""

    file: str
    line: int
    cell: int


class Household:
    """All children of this kernel, their folders, and the guard."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lesson-"))
        self.guard = Guard(self.folder)
        self.children: list[tuple[Place, wire.Process]] = []
        self.cells = 0
        # heard of before a cell can be interrupted in the middle of a start
        wire.on_start.append(self.guard.watch)
        atexit.register(self.leave)
        if shell := _shell():
            shell.events.register("post_run_cell", self.after_cell)

    def take_in(self, server: Server) -> Server:
        """Notes a server, and ends those that the same line has started in an earlier run."""
        here = self.place()
        for place, child in self.children:
            if place[:2] == here[:2] and place.cell != here.cell:
                child.kill()
        self.children = [pair for pair in self.children if pair[1].exit_code() is None]
        self.children.append((here, server))
        return server

    def place(self) -> Place:
        """The line of the notebook that is being run."""
        frame = sys._getframe(1)
        while frame.f_back and frame.f_globals.get("__name__", "").startswith("workbook."):
            frame = frame.f_back
        return Place(frame.f_code.co_filename, frame.f_lineno, self.cells)

    def after_cell(self, result: Any) -> None:
        """A cell that failed, or was interrupted, leaves no server behind."""
        for place, child in self.children:
            if result.error_in_exec is not None and place.cell == self.cells:
                child.kill()
        self.cells += 1
        self.guard.tell()

    def leave(self) -> None:
        """Ends everything."""
        for _, child in self.children:
            child.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


_household: Household | None = None


def household() -> Household:
    """The one of this process, from the first child on."""
    global _household
    if _household is None:
        _household = Household()
    return _household


def _shell() -> Any:
    found = sys.modules.get("IPython")
    return found.get_ipython() if found else None


class Guard:
    """A process that outlives this one by a moment, and ends what it has left behind."""

    def __init__(self, folder: Path) -> None:
        group: dict[str, Any] = (
            {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}
        )
        self.watched: list[wire.Process] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbook.childhood", str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": machine.importable(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            **group,
        )

    def watch(self, child: wire.Process) -> None:
        """Tells the guard which children there are, now that there is one more."""
        self.watched = [one for one in self.watched if one.exit_code() is None]
        self.watched.append(child)
        self.tell()

    def tell(self) -> None:
        """One line with the numbers of all children; those that are over may be others' by now."""
        alive = [str(child.pid) for child in self.watched if child.exit_code() is None]
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.write(f"{' '.join(alive)}\n")
            self.process.stdin.flush()


def keep_guard(folder: str) -> None:
    """What the guard does: hears of children, until the kernel is gone."""
    alive = ""
    for line in sys.stdin:
        alive = line
    running.end_groups(map(int, alive.split()))
    shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------- experiments


def run(source: str, seconds: float) -> None:
    """Runs Python in a child process in the repository, and prints what it prints as it comes."""
    house = household()
    file = Path(tempfile.mkdtemp(prefix="run-", dir=house.folder)) / "experiment.py"
    file.write_text(source, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": machine.importable(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "workbook.bounded", f"{seconds:g}", str(file)]
    with Experiment(command, ROOT, environment) as child:
        assert isinstance(child, Experiment)
        code = child.print_all(seconds + LATE, file)
    if code is None:
        print(f"[it was ended after {seconds:g} s]")
    elif code not in (0, 1, bounded.TIME_IS_UP):
        print(f"[{ending(code)}]")


class Experiment(wire.Process):
    """A child whose output is printed while it runs."""

    def print_all(self, seconds: float, file: Path) -> int | None:
        """Prints until the end; the exit code, None where it went on until time was up."""
        deadline, seen = time.monotonic() + seconds, 0
        while (left := deadline - time.monotonic()) > 0:
            with self._changed:
                news, reading = self._lines["stdout"][seen:], "stdout" in self._open
                if not news and reading:
                    self._changed.wait(left)
            seen += len(news)
            sys.stdout.write(tidy("".join(news), file))
            if not news and not reading:
                return self.end(LATE)
        return None


def tidy(text: str, file: Path) -> str:
    """Output without the paths of this machine."""
    return text.replace(str(file), "experiment").replace(f"{ROOT.as_posix()}/", "")


def ending(code: int) -> str:
    """How a child ended, in words."""
    if code < 0:
        return f"the process was ended by {signal.Signals(-code).name}"
    return f"the process ended with exit code {code}"


if __name__ == "__main__":
    keep_guard(sys.argv[1])
