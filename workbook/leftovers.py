"""What a test leaves behind in its process: threads, sockets, children, changed builtins."""

from __future__ import annotations

import builtins
import contextlib
import functools
import operator
import os
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from types import FunctionType, ModuleType

PATIENCE = 0.5
"""Seconds that a thread gets to end after the test is over."""


KEPT: set[int] = set()
"""Children of this process that are to stay from test to test."""


class Leftovers:
    """Compares what is there after a test with what was there before."""

    def __init__(self) -> None:
        self.builtins = dict(vars(builtins))
        self.environment = dict(os.environ)
        self.folder = os.getcwd()
        self.recursion = sys.getrecursionlimit()
        self.pytest = functions_of_pytest()
        self.threads: set[threading.Thread] = set()
        self.sockets: set[str] = set()
        self.before: set[int] = set()

    def begin(self) -> None:
        """Looks around before a test."""
        self.threads = set(threading.enumerate())
        self.sockets = sockets()
        self.before = children()

    def end(self, known: Iterable[int]) -> list[str]:
        """What the test has left behind, in words; ends the processes among it."""
        return [*self._threads(), *self._sockets(), *self._children(set(known)), *self._builtins()]

    def _threads(self) -> list[str]:
        """A daemon thread ends with the program; any other keeps it from ending."""
        fresh = [one for one in threading.enumerate() if one not in self.threads and not one.daemon]
        deadline = time.monotonic() + PATIENCE
        for thread in fresh:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [
            f"a thread that does not end ({thread.name}): no program ends while it runs"
            for thread in fresh
            if thread.is_alive()
        ]

    def _sockets(self) -> list[str]:
        if not sockets() - self.sockets:
            return []
        count = len(kept_sockets())
        noun = "a socket that is" if count == 1 else f"{count} sockets that are"
        return [f"{noun} still open, kept in a variable of a module"] if count else []

    def _children(self, known: set[int]) -> list[str]:
        fresh = children() - self.before - known - KEPT
        for pid in fresh:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        noun = "a process that is still running" if len(fresh) == 1 else f"{len(fresh)} processes"
        return [noun] if fresh else []

    def _builtins(self) -> list[str]:
        now = vars(builtins)
        changed = [name for name in self.builtins if now.get(name) is not self.builtins[name]]
        return [
            f"{name} in builtins, which is no longer Python's" for name in changed if name != "_"
        ]

    def spoiled(self) -> bool:
        """Whether what the tests run in is broken: pytest's own functions, builtins, the output."""
        changed = not all(
            all(map(operator.is_, map(vars(owner).get, names), values))
            for owner, names, values in self.pytest
        )
        return changed or bool(self._builtins()) or _closed(sys.stdout) or _closed(sys.stderr)

    def tidy(self) -> None:
        """Puts back what the tests that follow count on."""
        for name, value in self.builtins.items():
            if vars(builtins).get(name) is not value:
                setattr(builtins, name, value)
        if dict(os.environ) != self.environment:
            os.environ.clear()
            os.environ.update(self.environment)
        with contextlib.suppress(OSError):
            os.chdir(self.folder)
        sys.setrecursionlimit(self.recursion)


def _closed(stream: object) -> bool:
    return bool(getattr(stream, "closed", True))


@functools.cache
def functions_of_pytest() -> list[tuple[object, list[str], list[object]]]:
    """The functions and methods of pytest by their owners: names, and what they are before a test."""
    modules = [
        module for name, module in sys.modules.items() if name.partition(".")[0] == "_pytest"
    ]
    owners: list[object] = list(modules)
    for module in modules:
        owners += [one for one in vars(module).values() if _belongs(one, module, type)]
    kinds = (FunctionType, classmethod, staticmethod)
    found: list[tuple[object, list[str], list[object]]] = []
    for owner in owners:
        own = {name: value for name, value in vars(owner).items() if isinstance(value, kinds)}
        found.append((owner, list(own), list(own.values())))
    return found


def _belongs(value: object, module: ModuleType, kind: type) -> bool:
    return isinstance(value, kind) and getattr(value, "__module__", "") == module.__name__


def sockets() -> set[str]:
    """The sockets of this process by their numbers; none where the system does not tell."""
    found = set()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/self/fd/{name}")
                if target.startswith("socket:"):
                    found.add(target)
    return found


def kept_sockets(depth: int = 6) -> set[int]:
    """The open sockets that can be reached from the variables of the steps' modules.

    Others do not concern the learner: a traceback that somebody still holds keeps them alive.
    """
    found: set[int] = set()
    seen: set[int] = set()
    level: list[object] = [
        vars(module) for name, module in list(sys.modules.items()) if name.startswith("steps.")
    ]
    for _ in range(depth):
        level = [one for one in level if id(one) not in seen]
        seen.update(map(id, level))
        found.update(one.fileno() for one in level if isinstance(one, socket.socket))
        level = [inner for one in level for inner in _within(one)]
    return found - {-1}


def _within(value: object) -> list[object]:
    """What a container, or an object of the learner's own classes, holds."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple | set | frozenset | deque):
        return list(value)
    mine = value if isinstance(value, type) else type(value)
    if not mine.__module__.startswith("steps.") or isinstance(value, BaseException):
        return []
    return list(getattr(value, "__dict__", {}).values())


def children() -> set[int]:
    """The children of this process; none where the system does not tell."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/self/task"):
            with (
                contextlib.suppress(OSError),
                open(f"/proc/self/task/{task}/children", encoding="ascii") as file,
            ):
                found.update(map(int, file.read().split()))
    return found
