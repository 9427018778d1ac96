"""Processes in which pytest has started already and waits for tests to run.

Most of the time of a short check goes into starting Python and pytest. So a process is kept ready that
has started pytest up to where it looks for tests. There it gets its orders on stdin, a line of JSON
each, and carries each out in a fork of itself, which differs from a newly started child only in speed.
What is kept has imported nothing of the learner's, and no test, unless runs have that in `Common`.
Without fork (on Windows), each run starts pytest itself.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from workbook import machine, running, warm
from workbook.forked import Answers, Forked
from workbook.overlay import Overlay

CALL = (sys.executable, "-m", "workbook.keeping")
"""How one is started."""


@dataclass(frozen=True)
class Common:
    """What all runs have in common, so that it is done once for all of them.

    The tests in this folder do not change: they are looked for once. And these modules are the same in
    each run: they are imported in this overlay, and everything else in that of the run, for servers, too
    (see `workbook.warm`).
    """

    tests: Path
    modules: tuple[str, ...]
    overlay: Overlay

    @classmethod
    def of_step(cls, root: Path, number: int, overlay: Overlay) -> Self:
        """For runs that differ in this step only: its tests, and the steps below it."""
        (folder,) = (root / "tests").glob(f"s{number:02}_*")
        below = ("steps", *(f"steps.s{lower:02}" for lower in range(number)))
        return cls(folder, (*warm.SERVING, *below), overlay)


class Standby:
    """Such processes: one for each call of pytest.

    `lead` is what their command begins with; it gives them the rights to enclose their forks.
    """

    def __init__(self, root: Path, lead: Sequence[str] = (), common: Common | None = None) -> None:
        self.root = root
        self.lead = lead
        self.common = common
        self.keepers: dict[tuple[str, ...], Keeper] = {}
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def prepare(self) -> None:
        """Starts the one for a call of pytest without further options."""
        if hasattr(os, "fork"):
            self.keeper(running.words())

    def keeper(self, words: Sequence[str]) -> Keeper:
        """The one that has started pytest with these words."""
        with self.lock:
            keeper = self.keepers.get(tuple(words))
            if keeper and not keeper.alive():
                keeper.end()
                keeper = None
            if keeper is None:
                keeper = self.keepers[tuple(words)] = Keeper(
                    self.root, words, self.lead, self.common
                )
            return keeper

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
            with contextlib.suppress(OSError):
                return self.keeper(command[len(program) :]).fork(order)
        if enclosure:
            raise OSError("pytest could not be started")
        return running.start(command, folder, environment, output)

    def end(self) -> None:
        """Ends all of them."""
        with self.lock:
            for keeper in self.keepers.values():
                keeper.end()
            self.keepers = {}


class Keeper:
    """One such process, from outside."""

    def __init__(
        self,
        root: Path,
        words: Sequence[str],
        lead: Sequence[str] = (),
        common: Common | None = None,
    ) -> None:
        self.mark = f"standby-{uuid.uuid4()}"
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self.ended = False
        self.near: warm.Near | None = None
        environment = machine.usual(os.environ)
        environment.pop("TMPDIR", None)  # it has no files, and may outlive that folder
        environment.update(running.ALWAYS, **{running.MARK: self.mark})
        tests, modules = (str(common.tests), common.modules) if common else ("", ())
        leash, self.leash = os.pipe()  # the forks' stdin: it closes when this process is gone
        try:
            if common:
                environment.update(common.overlay.to_environment())
                self.near = warm.Near(root, modules, environment, leash)
                environment[warm.NEAR] = self.near.path
            self.process = subprocess.Popen(
                [*lead, *CALL, str(leash), tests, " ".join(modules), *words],
                cwd=root,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=[leash],
                start_new_session=True,
            )
        finally:
            os.close(leash)
        assert self.process.stdout
        self.answers = Answers(self.process.stdout)

    def alive(self) -> bool:
        """Whether it can take an order."""
        return self.process.poll() is None

    def fork(self, order: Mapping[str, Any]) -> Forked:
        """Has an order carried out in a fork, whose stdin is the leash. OSError if it can't."""
        assert self.process.stdin
        number = next(self.numbers)
        try:
            with self.lock:
                self.process.stdin.write(json.dumps({**order, "number": number}).encode() + b"\n")
                self.process.stdin.flush()
            if (pid := self.answers.wait(number, "runs", running.START)) is None:
                raise OSError("no fork was made")
        except OSError:
            self.end()
            raise
        return Forked(self.answers, number, pid)

    def end(self) -> None:
        """Ends it, with whatever it has started."""
        with self.lock:
            if self.ended:
                return
            self.ended = True
            self.process.kill()
            self.process.wait()
            assert self.process.stdin
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            os.close(self.leash)
            if self.near:
                self.near.end()
            running.end_marked(self.mark)
