"""Servers that tests start: from the third of a step on, as forks of a process that has imported it.

Starting Python and importing ten steps takes half a second of processor time, and the suite starts
thousands of servers. So, when a step's server has started from scratch once and another is wanted, a
process is started that imports the same modules and does nothing else (`workbook.warm_child`).
From then on it forks itself for each server, which differs from a newly started one only in speed.
It is used for the same call in the same environment; whatever else is asked for is started from scratch.
Where many short runs differ in one step only, one process for all of them has imported the steps below
(see `workbook.standby`), and it forks the first server already.
Without fork, as on Windows, everything is. The two sides of a trial (`workbook.trial`) are started in
the same way: each verdict takes a dozen of them. So are the kernels in which the tests run the lessons.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from workbook import leftovers, overlay
from workbook.forked import Answers, Forked

ALIKE = {"PYTEST_CURRENT_TEST", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"}
"""What differs in the environment from test to test, and concerns no import."""

AHEAD = {
    "workbook.trial_check": ("steps.s08_testing",),
    "workbook.trial_subject": ("workbook.catalogue", "workbook.splice"),
    "ipykernel_launcher": ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell"),
}
"""What is imported for other modules than a step's: not they themselves, for they are to be run."""

SERVING = ("argparse", "asyncio", "encodings.idna", "shutil")
"""What servers import of the standard library, some of it only when they start."""

MOST = 16
"""Processes that one process of tests keeps."""

NEAR = "WORKBOOK_NEAR"
"""An environment variable: the socket of a process that has imported what all servers begin with."""

PATIENCE = 60.0
"""Seconds for the import, and for a fork."""


Call = tuple[str, frozenset[tuple[str, str]]]
"""A module, and an environment without what differs from test to test; or a socket, and nothing."""


def ahead(module: str) -> tuple[str, ...]:
    """What is imported before it is known what to run this module for."""
    return AHEAD.get(module) or (*SERVING, module)


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
        if path := self.nearby(environment):
            call: Call = path, frozenset()
            with self.lock, contextlib.suppress(OSError):  # where it has died
                if call not in self.mothers:
                    self.mothers[call] = Mother.at(path)
            mother = self.mothers.get(call)
            return mother.fork(module, arguments, folder, environment) if mother else None
        alike = ALIKE if imports_steps(module) else ALIKE | {overlay.VARIABLE}
        call = module, frozenset(item for item in environment.items() if item[0] not in alike)
        with self.lock:
            if call not in self.seen:
                self.seen.add(call)
                return None
            if call not in self.mothers:
                if len(self.mothers) == MOST:
                    return None
                self.mothers[call] = Mother.of(module, environment)
        return self.mothers[call].fork(module, arguments, folder, environment)

    def nearby(self, environment: Mapping[str, str]) -> str | None:
        """The socket of the process for all runs, for a server whose overlay is that of this run."""
        theirs, ours = environment.get(overlay.VARIABLE), os.environ.get(overlay.VARIABLE)
        return os.environ.get(NEAR) if theirs == ours else None

    def end(self) -> None:
        """Ends them, with all of their forks."""
        for mother in self.mothers.values():
            mother.end()
        self.mothers.clear()


class Mother:
    """Such a process, from outside. It is ours, or forks for others, too."""

    def __init__(self, talk: socket.socket, process: subprocess.Popen[bytes] | None = None) -> None:
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.talk = talk
        self.process = process
        self.answers = Answers(talk.makefile("rb"))

    @classmethod
    def of(cls, module: str, environment: Mapping[str, str]) -> Mother:
        """Starts one, which imports what this module needs."""
        talk, other = socket.socketpair()
        with other:
            process = start(other, ahead(module), environment)
        leftovers.KEPT.add(process.pid)
        return cls(talk, process)

    @classmethod
    def at(cls, path: str) -> Mother:
        """The one that listens there, for all who come."""
        talk = socket.socket(socket.AF_UNIX)
        talk.connect(path)
        return cls(talk)

    def fork(
        self, module: str, arguments: Sequence[str], folder: str, environment: Mapping[str, str]
    ) -> Fork | None:
        """A server; None if it cannot be had here."""
        number = next(self.numbers)
        order = {
            "number": number,
            "module": module,
            "arguments": list(arguments),
            "folder": folder,
            "environment": {name: one for name, one in environment.items() if name != NEAR},
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
        if self.process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
            self.process.kill()
            self.process.wait()


class Near:
    """One to which all can talk who know its socket, and who begin with the same modules."""

    def __init__(
        self, root: Path, modules: Sequence[str], environment: Mapping[str, str], leash: int
    ) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="workbook-")  # that nobody else may enter
        self.path = os.path.join(self.folder.name, "near")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(self.path)
            door.listen()
            self.process = start(door, modules, environment, root, leash)

    def end(self) -> None:
        """Ends it; its forks end with those who talk to them."""
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def start(
    talk: socket.socket,
    ahead: Sequence[str],
    environment: Mapping[str, str],
    root: Path | None = None,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Starts such a process at the other end of this socket, which imports these, from this folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "workbook.warm_child", str(talk.fileno()), *ahead],
        cwd=root,
        env=dict(environment),
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[talk.fileno()],
        start_new_session=True,
    )


class Fork(Forked):
    """A server in a fork, with what it writes."""

    def __init__(
        self, answers: Answers, number: int, pid: int, stdout: IO[bytes], stderr: IO[bytes]
    ) -> None:
        super().__init__(answers, number, pid)
        self.stdout = stdout
        self.stderr = stderr
