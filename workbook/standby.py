"""Pythons that have imported pytest already and wait for tests to run.

A third of the time of a short check goes into starting Python and pytest. So processes are kept
ready: each gets its orders on stdin, a line of JSON each, and carries out one at a time in a fork
of itself, which differs from a newly started child only in speed. What is kept has
imported nothing of the learner's. Where there is no fork (Windows), children are started in the
usual way.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from workbook import running

AHEAD = (
    "pytest",
    "pdb",  # by pytest, when it begins
    "packaging.version",
    "_pytest.assertion.rewrite",
    "_pytest.config",
    "pytest_timeout",
    "hypothesis",
    "asyncio",  # with all that it needs: a good part of what step 10 costs to import
    "workbook.catalogue",
    "workbook.evidence",
    "workbook.leftovers",
    "workbook.splice",
    "workbook.tagged",
    "workbook.transcript",
)
"""Imported before there is anything to do; those that are missing are left out."""

ROUNDS = 20
"""How often what a run left behind is looked for: one that is being forked shows in the next."""


class Standby:
    """A pool of such processes: as many as there are runs side by side.

    `lead` is what their command begins with; it gives them the rights to enclose their forks.
    """

    def __init__(self, root: Path, lead: Sequence[str] = ()) -> None:
        self.root = root
        self.lead = lead
        self.idle: list[Keeper] = []
        self.every: list[Keeper] = []
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def prepare(self) -> None:
        """Makes sure that one is ready."""
        if hasattr(os, "fork"):
            with self.lock:
                self.idle = [keeper for keeper in self.idle if keeper.alive()]
                if not self.idle:
                    self.idle.append(self.another())

    def another(self) -> Keeper:
        """A new one."""
        self.every.append(Keeper(self.root, self.lead))
        return self.every[-1]

    def launch(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        enclosure: str = "",
    ) -> running.Process:
        """A `running.Launch`: a process that is ready takes the command, if it is pytest in `root`.

        `enclosure` is a file for `workbook.grading.gate`: it runs in there, or not at all.
        """
        if not hasattr(os, "fork") or list(command[1:3]) != ["-m", "pytest"] or folder != self.root:
            return running.start(command, folder, environment, output)
        self.prepare()
        with self.lock:
            keeper = self.idle.pop() if self.idle else self.another()
        output.touch()
        order = {"words": command[3:], "environment": dict(environment), "output": str(output)}
        try:
            return Fork(keeper, keeper.order({**order, "enclosure": enclosure}), self)
        except OSError:  # it has died in this moment
            if enclosure:
                raise
            return running.start(command, folder, environment, output)

    def give_back(self, keeper: Keeper) -> None:
        """A run is over: its keeper waits for the next."""
        with self.lock:
            self.idle.append(keeper)

    def end(self) -> None:
        """Ends all of them."""
        with self.lock:
            for keeper in self.every:
                keeper.end()
            self.idle, self.every = [], []


class Keeper:
    """One such process, from outside."""

    def __init__(self, root: Path, lead: Sequence[str] = ()) -> None:
        self.mark = f"standby-{uuid.uuid4()}"
        leash, self.leash = os.pipe()  # the forks' stdin: it closes when this process is gone
        try:
            self.process = subprocess.Popen(
                [*lead, sys.executable, "-m", __name__, str(leash)],
                cwd=root,
                env={
                    **os.environ,
                    "PYTHONIOENCODING": "utf-8",
                    "PYTHONFAULTHANDLER": "1",
                    running.MARK: self.mark,
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[leash],
                start_new_session=True,
            )
        finally:
            os.close(leash)
        self.said = b""

    def alive(self) -> bool:
        """Whether it can take an order."""
        return self.process.poll() is None

    def order(self, order: Mapping[str, Any]) -> int:
        """Has an order carried out; returns the number of the fork that does. OSError if it can't."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        pid = self.listen(running.START)
        if pid is None:
            self.end()
            raise OSError("no fork was made")
        return pid

    def listen(self, seconds: float | None) -> int | None:
        """The next number that it says, within this time. OSError where it has died."""
        assert self.process.stdout
        end = None if seconds is None else time.monotonic() + seconds
        while b"\n" not in self.said:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                return None
            data = os.read(self.process.stdout.fileno(), 100)
            if not data:
                raise OSError("it has died")
            self.said += data
        line, _, self.said = self.said.partition(b"\n")
        return int(line)

    def end(self) -> None:
        """Ends it, with whatever it has started."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            with contextlib.suppress(OSError):
                stream.close()
        with contextlib.suppress(OSError):
            os.close(self.leash)
        running.end_marked(self.mark)


class Fork:
    """A run in a fork of a keeper, used like a `Popen` (see `running.Process`)."""

    stdin = None  # the leash is the keeper's

    def __init__(self, keeper: Keeper, pid: int, standby: Standby) -> None:
        self.keeper = keeper
        self.pid = pid
        self.standby = standby
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        self.look(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its exit code; TimeoutExpired if that takes longer."""
        self.look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("pytest", timeout or 0)
        return self.returncode

    def kill(self) -> None:
        """Ends it."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)

    def look(self, seconds: float | None) -> None:
        """Whether it is over; if so, the keeper is free again."""
        if self.returncode is not None:
            return
        try:
            self.returncode = self.keeper.listen(seconds)
        except OSError:  # it has taken its keeper along
            self.returncode = -signal.SIGKILL
            self.keeper.end()
        else:
            if self.returncode is not None:
                self.standby.give_back(self.keeper)


# ---------------------------------------------------------------- inside


def main() -> int:
    """The process that is ready: imports, waits, and has each order carried out by a fork."""
    from workbook.grading import outside

    leash = int(sys.argv[1])
    outside.adopt_orphans()  # what a run leaves behind becomes a child of this one
    import_ahead()
    gc.freeze()  # no fork looks for garbage in what was imported here, or copies it to do so
    for line in orders():
        pid = os.fork()
        if not pid:
            return become_pytest(json.loads(line), leash)
        say(pid)
        code = wait_for(pid)
        end_orphans()
        say(code)
    return 0


def import_ahead() -> None:
    """Imports what every run needs, and nothing of the learner's."""
    for name in AHEAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from _pytest.config import default_plugins

    for name in default_plugins:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"_pytest.{name}")


def orders() -> Iterator[bytes]:
    """The lines on stdin."""
    line = b""
    while data := os.read(0, 1 << 16):
        line += data
        if line.endswith(b"\n"):  # there is never more than one
            yield line
            line = b""


def become_pytest(order: dict[str, Any], leash: int) -> int:
    """Makes this fork like a newly started child, and runs pytest."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["environment"])
    output = os.open(order["output"], os.O_WRONLY | os.O_APPEND)
    for new, old in ((leash, 0), (output, 1), (output, 2)):
        os.dup2(new, old)
    os.close(leash)
    os.close(output)
    if order["enclosure"]:
        from workbook.grading import gate

        gate.enter(order["enclosure"])
    import pytest

    return int(pytest.main(order["words"]))


def say(number: int) -> None:
    """A line to the parent; where that has ended, there is nobody left to work for."""
    try:
        os.write(1, b"%d\n" % number)
    except BrokenPipeError:
        end_orphans()
        os._exit(1)


def wait_for(pid: int) -> int:
    """The exit code of a fork; orphans that end meanwhile are laid to rest, too."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def end_orphans() -> None:
    """Ends what the run has left behind."""
    from workbook import leftovers

    for _ in range(ROUNDS):
        found = leftovers.children()
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if not found:
            return


if __name__ == "__main__":
    sys.exit(main())
