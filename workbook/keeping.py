"""A process that is kept ready (see `workbook.standby`), from inside: `python -m workbook.keeping`."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from workbook import leftovers, reporting
from workbook.grading import gate, outside

AHEAD = (
    "hypothesis",
    "asyncio",  # with all that it needs: a good part of what step 10 costs to import
    "workbook.catalogue",
    "workbook.splice",
)
"""What tests import, imported before there is anything to do; what is missing is left out."""

ROUNDS = 20
"""How often what a run left behind is looked for: one that is being forked shows in the next."""


def main() -> int:
    """The process that is ready: starts pytest; each of its forks goes on with it to the end."""
    leash, *words = sys.argv[1:]
    import_ahead()
    return int(pytest.main(words, plugins=[Keeping(int(leash))]))


def import_ahead() -> None:
    """Imports what many tests need, and nothing of the learner's."""
    for name in AHEAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class Keeping:
    """A plugin of pytest that stops before tests are looked for, and has forks do that."""

    def __init__(self, leash: int) -> None:
        self.leash = leash
        os.set_inheritable(leash, False)
        self.environment = dict(os.environ)
        self.orders, self.answers = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1):
            os.dup2(null, standard)
        os.close(null)
        outside.adopt_orphans()  # what a run leaves behind becomes a child of this one

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Carries out orders until there are no more; returns in each fork."""
        sys.stdout.flush()
        gc.collect()
        gc.freeze()  # no fork looks for garbage in what was there before it, or copies it to do so
        for line in self.lines():
            pid = os.fork()
            if not pid:
                self.become(json.loads(line), session.config)
                return
            self.say(pid)
            code = wait_for(pid)
            end_orphans()
            self.say(code)
        os._exit(0)

    def lines(self) -> Iterator[bytes]:
        """The orders."""
        line = b""
        while data := os.read(self.orders, 1 << 16):
            line += data
            if line.endswith(b"\n"):  # there is never more than one
                yield line
                line = b""

    def say(self, number: int) -> None:
        """A line to the parent; where that has ended, there is nobody left to work for."""
        try:
            os.write(self.answers, b"%d\n" % number)
        except BrokenPipeError:
            end_orphans()
            os._exit(1)

    def become(self, order: dict[str, Any], config: pytest.Config) -> None:
        """Makes this fork like a newly started child."""
        os.setsid()
        added = dict(os.environ.items() - self.environment.items())  # by pytest, and our conftest
        os.environ.clear()
        os.environ.update({**order["environment"], **added})
        tempfile.tempdir = None  # may be another in this environment
        reporting.LEASH = self.leash
        output = os.open(order["output"], os.O_WRONLY | os.O_APPEND)
        capture = config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        for standard in (1, 2):
            os.dup2(output, standard)
        faulthandler.enable(output)
        capture.start_global_capturing()
        capture.suspend_global_capture()
        for descriptor in (self.orders, self.answers):
            os.close(descriptor)
        if order["enclosure"]:
            gate.enter(order["enclosure"])


def wait_for(pid: int) -> int:
    """The exit code of a fork; orphans that end meanwhile are laid to rest, too."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def end_orphans() -> None:
    """Ends what the run has left behind."""
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
