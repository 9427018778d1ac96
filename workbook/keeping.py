"""A process that is kept ready (see `workbook.standby`), from inside: `python -m workbook.keeping`.

python -m workbook.keeping LEASH TESTS MODULES WORD...    for pytest with these words

TESTS, a folder, and MODULES, in one word, are what all runs have in common (see `workbook.standby`).
Where nothing is known of that, both are "".
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import gc
import importlib
import json
import os
import select
import signal
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from workbook import leftovers, overlay, reporting, running, warm
from workbook.grading import gate, outside

AHEAD = (
    "asyncio",  # with all that it needs: a good part of what step 10 costs to import
    "workbook.catalogue",
    "workbook.splice",
)
"""What tests import, imported before there is anything to do; what is missing is left out."""

ROUNDS = 20
"""How often what a run left behind is looked for: one that is being forked shows in the next."""


def main() -> int:
    """The process that is ready: starts pytest; each of its forks goes on with it to the end."""
    gc.disable()  # imported modules are kept anyway
    leash, tests, modules, *words = sys.argv[1:]
    import_ahead()
    for name in modules.split():
        importlib.import_module(name)
    return int(pytest.main(words, plugins=[Keeping(int(leash), tests)]))


def import_ahead() -> None:
    """Imports what many tests need, and nothing of the learner's."""
    for name in AHEAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class Keeping:
    """A plugin of pytest that stops before tests are looked for, and has forks do that.

    Each fork has a guardian, a fork itself, which waits for its end and ends what it has left behind.
    """

    def __init__(self, leash: int, tests: str) -> None:
        self.leash = leash
        self.tests = tests
        self.found: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
        """The tests of each file in that folder, found once for all forks."""
        os.set_inheritable(leash, False)
        self.near = os.environ.get(warm.NEAR)
        self.environment = dict(os.environ)
        self.orders, self.answers = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1):
            os.dup2(null, standard)
        os.close(null)
        self.bell, self.ring = os.pipe()  # rings when a guardian has ended
        self.guardians: dict[int, int] = {}
        """The orders that are being carried out, by the number of the guardian's process."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool | None:
        """Carries out orders until there are no more; returns in each fork.

        True if the tests were found already, so that pytest need not look for them.
        """
        sys.stdout.flush()
        leftovers.functions_of_pytest()  # once for all forks
        if self.tests:
            self.collect(session)
        gc.freeze()  # no fork looks for garbage in what was there before it, or copies it to do so
        outside.adopt_orphans()  # those of a guardian that was killed
        os.set_blocking(self.ring, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.ring, warn_on_full_buffer=False)
        for line in self.lines():
            order = json.loads(line)
            items = self.of(session, order)
            pid = os.fork()
            if pid:
                self.guardians[pid] = order["number"]
            elif self.guard(order):
                self.become(order, session.config)
                return self.begin_with(items, session) if items else None
        os._exit(0)  # the parent has gone, and the forks see that, too

    def collect(self, session: pytest.Session) -> None:
        """Looks for the tests of all files, once: a second time, their fixtures would not be found."""
        for item in session.perform_collect([self.tests]):
            self.found[item.path].append(item)
        if session.testsfailed:
            sys.exit(f"a test in {self.tests} cannot be collected")

    def of(self, session: pytest.Session, order: dict[str, Any]) -> list[pytest.Item]:
        """The tests of an order; none if pytest is to look for them."""
        request = json.loads(order["environment"][running.VARIABLE])
        wanted = [session.config.rootpath / path for path in request["paths"]]
        return [
            item
            for path in wanted
            for file, items in self.found.items()
            if path == file or path in file.parents
            for item in items
        ]

    def begin_with(self, items: list[pytest.Item], session: pytest.Session) -> bool:
        """In a fork: goes on as pytest does when it has found these."""
        reporting.pytest_collection(session)
        session.items = items
        session.config.hook.pytest_collection_modifyitems(
            session=session, config=session.config, items=items
        )
        session.config.hook.pytest_collection_finish(session=session)
        session.testscollected = len(items)
        return True

    def lines(self) -> Iterator[bytes]:
        """The orders. Between them, what has ended is laid to rest."""
        data = b""
        while True:
            ready, _, _ = select.select([self.orders, self.bell], [], [])
            if self.bell in ready:
                os.read(self.bell, 1 << 10)
                self.bury()
            if self.orders in ready:
                more = os.read(self.orders, 1 << 16)
                if not more:
                    return
                *whole, data = (data + more).split(b"\n")
                yield from whole

    def bury(self) -> None:
        """Guardians that have ended; one that was killed can't say how its fork has ended."""
        with contextlib.suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                if (number := self.guardians.pop(pid, None)) is not None:
                    end_children(spared=self.guardians.keys())
                    self.say(number, "gone", -signal.SIGKILL)

    def guard(self, order: dict[str, Any]) -> bool:
        """The life of a guardian; True in the fork that carries out the order."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        outside.adopt_orphans()  # what the fork leaves behind becomes a child of this one
        pid = os.fork()
        if not pid:
            return True
        self.say(order["number"], "runs", pid)
        code = wait_for(pid)
        end_children()
        self.say(order["number"], "gone", code)
        os._exit(0)

    def say(self, number: int, word: str, value: int) -> None:
        """A line to the parent; where that has ended, there is nobody left to work for."""
        try:
            os.write(self.answers, b"%d %s %d\n" % (number, word.encode(), value))
        except BrokenPipeError:
            end_children()
            os._exit(1)

    def become(self, order: dict[str, Any], config: pytest.Config) -> None:
        """Makes this fork like a newly started child."""
        os.setsid()
        gc.enable()
        added = dict(os.environ.items() - self.environment.items())  # by pytest, and our conftest
        os.environ.clear()
        os.environ.update({**order["environment"], **added})
        if self.near:
            os.environ[warm.NEAR] = self.near
        overlay.renew()
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
        for descriptor in (self.orders, self.answers, self.bell, self.ring):
            os.close(descriptor)
        if order["enclosure"]:
            gate.enter(order["enclosure"])


def wait_for(pid: int) -> int:
    """The exit code of a fork; orphans that end meanwhile are laid to rest, too."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def end_children(spared: Collection[int] = ()) -> None:
    """Ends what a run has left behind."""
    for _ in range(ROUNDS):
        found = leftovers.children().difference(spared)
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if not found:
            return


def leave(code: int) -> NoReturn:
    """Ends this process like `sys.exit`, but does not take apart what it has in common with others.

    To drop the objects of a fork one by one, the system would first have to copy them.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as Python does
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())
