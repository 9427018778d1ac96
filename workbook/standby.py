"""Processes in which pytest has started already and waits for tests to run.

Most of the time of a short check goes into starting Python and pytest. So processes are kept ready:
each has started pytest up to where it looks for tests. There it gets its orders on stdin, a line of
JSON each, and carries out one at a time in a fork of itself, which differs from a newly started child
only in speed. What is kept has imported nothing of the learner's, and no test. Without fork (on
Windows), each run starts pytest itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from workbook import machine, running
from workbook.forked import Forked


class Standby:
    """A pool of such processes: as many as there are runs side by side, for each call of pytest.

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
        """Makes sure that one is ready for a call of pytest without further options."""
        if hasattr(os, "fork"):
            self.give_back(self.take(running.words()))

    def take(self, words: Sequence[str]) -> Keeper:
        """One that has started pytest with these words; it is nobody else's until it is given back."""
        with self.lock:
            self.idle = [keeper for keeper in self.idle if keeper.alive()]
            for keeper in self.idle:
                if keeper.words == words:
                    self.idle.remove(keeper)
                    return keeper
            self.every = [keeper for keeper in self.every if keeper.alive()]
            self.every.append(Keeper(self.root, words, self.lead))
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
        program = tuple(command[: len(running.PYTEST)])
        if not hasattr(os, "fork") or program != running.PYTEST or folder != self.root:
            return running.start(command, folder, environment, output)
        output.touch()
        order = {"environment": dict(environment), "output": str(output), "enclosure": enclosure}
        for _ in range(2):  # one that was ready may die in this moment
            keeper = self.take(command[len(program) :])
            with contextlib.suppress(OSError):
                return Fork(keeper, keeper.order(order), self)
        if enclosure:
            raise OSError("pytest could not be started")
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

    def __init__(self, root: Path, words: Sequence[str], lead: Sequence[str] = ()) -> None:
        self.words = words
        self.mark = f"standby-{uuid.uuid4()}"
        environment = machine.usual(os.environ)
        environment.pop("TMPDIR", None)  # it has no files, and may outlive that folder
        leash, self.leash = os.pipe()  # the forks' stdin: it closes when this process is gone
        try:
            self.process = subprocess.Popen(
                [*lead, sys.executable, "-m", "workbook.keeping", str(leash), *words],
                cwd=root,
                env={**environment, **running.ALWAYS, running.MARK: self.mark},
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
        try:
            if (pid := self.listen(running.START)) is None:
                raise OSError("no fork was made")
        except OSError:
            self.end()
            raise
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


class Fork(Forked):
    """A run in a fork of a keeper (see `running.Process`). Its stdin, the leash, is the keeper's."""

    def __init__(self, keeper: Keeper, pid: int, standby: Standby) -> None:
        super().__init__(pid)
        self.keeper = keeper
        self.standby = standby

    def look(self, seconds: float | None) -> int | None:
        """Whether it is over; if so, the keeper is free again."""
        try:
            code = self.keeper.listen(seconds)
        except OSError:  # it has taken its keeper along
            self.keeper.end()
            return -signal.SIGKILL
        if code is not None:
            self.standby.give_back(self.keeper)
        return code
