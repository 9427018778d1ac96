"""Servers that tests start: from the third of a step on, as forks of a process that has imported it.

Starting Python and importing ten steps takes half a second of processor time, and the suite starts
thousands of servers. So, when a step's server has started from scratch once and another is wanted, a
process is started that imports the same modules and does nothing else (`workbook.warm_child`).
From then on it forks itself for each server, which differs from a newly started one only in speed.
It is used for the same call in the same environment; whatever else is asked for is started from scratch.
Without fork, as on Windows, everything is. The two sides of a trial (`workbook.trial`) are started in
the same way: each verdict takes a dozen of them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from workbook import leftovers, overlay
from workbook.forked import Answers, Forked

ALIKE = "PYTEST_CURRENT_TEST"
"""What differs in the environment from test to test, and concerns no server."""

AHEAD = {
    "workbook.trial_check": ("steps.s08_testing",),
    "workbook.trial_subject": ("workbook.catalogue", "workbook.splice"),
}
"""What is imported for other modules than a step's: not they themselves, for they are to be run."""

MOST = 16
"""Processes that one process of tests keeps."""

PATIENCE = 60.0
"""Seconds for the import, and for a fork."""


Call = tuple[str, frozenset[tuple[str, str]]]
"""A module, and an environment without what differs from test to test."""


def ahead(module: str) -> tuple[str, ...]:
    """What is imported before it is known what to run this module for."""
    return AHEAD.get(module, (module,))


def imports_steps(module: str) -> bool:
    """Whether steps are among that: then the overlay of the environment holds for all forks."""
    return any(name.startswith("steps.") for name in ahead(module))


class Warm:
    """The processes that have imported a step, by step and environment."""

    def __init__(self) -> None:
        self.seen: set[Call] = set()
        """What has been started from scratch."""
        self.mothers: dict[Call, Mother] = {}
        self.lock = threading.Lock()

    def start(
        self, command: Sequence[str], folder: str, environment: Mapping[str, str]
    ) -> Fork | None:
        """The server for this command, `python -m steps.sNN ...`; None if it is to be started."""
        if [*command[:2]] != [sys.executable, "-m"] or not hasattr(os, "pidfd_open"):
            return None
        module, *arguments = command[2:]
        if not module.startswith("steps.") and module not in AHEAD:
            return None
        alike = {ALIKE} if imports_steps(module) else {ALIKE, overlay.VARIABLE}
        call = module, frozenset(item for item in environment.items() if item[0] not in alike)
        with self.lock:
            if call not in self.seen:
                self.seen.add(call)
                return None
            if call not in self.mothers:
                if len(self.mothers) == MOST:
                    return None
                self.mothers[call] = Mother(module, environment)
        return self.mothers[call].fork(arguments, folder, environment)

    def end(self) -> None:
        """Ends them, with all of their forks."""
        for mother in self.mothers.values():
            mother.end()
        self.mothers.clear()


class Mother:
    """Such a process, from outside."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.talk, other = socket.socketpair()
        with other:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbook.warm_child", str(other.fileno()), module],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )
        self.answers = Answers(self.talk.makefile("rb"))
        leftovers.KEPT.add(self.process.pid)

    def fork(
        self, arguments: Sequence[str], folder: str, environment: Mapping[str, str]
    ) -> Fork | None:
        """A server; None if it cannot be had here."""
        number = next(self.numbers)
        order = {
            "number": number,
            "arguments": list(arguments),
            "folder": folder,
            "environment": dict(environment),
        }
        ends = [os.pipe() for _ in range(2)]
        try:
            with self.lock:  # one order at a time, for each is read as a whole
                socket.send_fds(self.talk, [json.dumps(order).encode()], [end for _, end in ends])
                pid = self.answers.wait(number, "runs", PATIENCE)
        except OSError:
            pid = None
        finally:
            for _, end in ends:
                os.close(end)
        if pid is None:
            self.end()
            for end, _ in ends:
                os.close(end)
            return None
        return Fork(self.answers, number, pid, *(os.fdopen(end, "rb") for end, _ in ends))

    def end(self) -> None:
        """Ends it with all of its forks."""
        with contextlib.suppress(OSError):
            self.talk.shutdown(socket.SHUT_RDWR)
        self.talk.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.process.kill()
        self.process.wait()


class Fork(Forked):
    """A server in a fork, with what it writes."""

    def __init__(
        self, answers: Answers, number: int, pid: int, stdout: IO[bytes], stderr: IO[bytes]
    ) -> None:
        super().__init__(answers, number, pid)
        self.stdout = stdout
        self.stderr = stderr
