"""A process that has imported a step, and forks itself for each server that is asked for.

python -m workbook.warm_child FD MODULE...   talks over the socket with that file descriptor

Each order is JSON, with the two pipes for the output of the server beside it: `{"number": 7, "module":
"steps.s03", "arguments": [...], "environment": {...}, "folder": "..."}`. What becomes of it is said in
lines (see `workbook.forked.Answers`). The end of the socket is the end of this process and of all its
forks. If the socket listens, each who comes talks to a fork of this process; it ends with its stdin.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import re
import runpy
import select
import signal
import socket
import sys
import threading
from typing import Any

from workbook import overlay

MOST = 1 << 20
"""Bytes of an order."""


def main() -> None:
    """Imports the step, and carries out orders. Where that fails, the socket says so by its end."""
    gc.disable()  # imported modules are kept anyway
    talk = socket.socket(fileno=int(sys.argv[1]))
    for name in sys.argv[2:]:  # `__main__` of it runs in each fork
        importlib.import_module(name)
        if re.fullmatch(r"steps\.s\d\d", name):
            sys.modules["steps"].whose(int(name[-2:]))
    if threading.active_count() > 1:
        return  # a fork would have one thread of several
    gc.freeze()
    if talk.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        talk = accepted(talk)
    Mother(talk).work()


def accepted(door: socket.socket) -> socket.socket:
    """In a fork for each who comes: the socket to talk to them."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for these forks
    while True:
        ready, _, _ = select.select([door, sys.stdin], [], [])
        if sys.stdin in ready:
            sys.exit()  # who has started this has gone
        talk, _ = door.accept()
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            door.close()
            return talk
        talk.close()


class Mother:
    """Forks servers, and tells when they end."""

    def __init__(self, talk: socket.socket) -> None:
        self.talk = talk
        self.alive: dict[int, tuple[int, int]] = {}
        """Orders and their forks, by a descriptor that can be read when the fork has ended."""

    def work(self) -> None:
        """Until the other side has gone."""
        while True:
            orders = self.talk.fileno()
            ready, _, _ = select.select([orders, *self.alive], [], [])
            for descriptor in ready:
                if descriptor != orders:
                    self.tell(descriptor)
                elif not self.carry_out():
                    self.end()
                    return

    def carry_out(self) -> bool:
        """Takes an order; False where there will be no more."""
        data, pipes, _, _ = socket.recv_fds(self.talk, MOST, 2)
        if not data:
            return False
        order = json.loads(data)
        pid = os.fork()
        if not pid:
            self.become(order, pipes)
        for pipe in pipes:
            os.close(pipe)
        self.alive[os.pidfd_open(pid)] = order["number"], pid
        self.say(f"{order['number']} runs {pid}\n")
        return True

    def become(self, order: dict[str, Any], pipes: list[int]) -> None:
        """Makes this fork what `python -m MODULE ARGUMENTS` is, up to its end."""
        os.setsid()
        gc.enable()
        for standard, pipe in enumerate(pipes, 1):
            os.dup2(pipe, standard)
        for descriptor in [self.talk.detach(), *self.alive, *pipes]:
            os.close(descriptor)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        overlay.renew()
        sys.path[0] = order["folder"]
        if not order["module"].startswith(("steps.", "workbook.")):
            for name in [one for one in sys.modules if one.partition(".")[0] == "workbook"]:
                del sys.modules[name]  # it is to find its own, perhaps in another folder
        sys.argv[:] = [order["module"], *order["arguments"]]
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
        sys.exit()

    def tell(self, descriptor: int) -> None:
        """Says that a fork has ended."""
        number, pid = self.alive.pop(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(pid, 0)
        self.say(f"{number} gone {os.waitstatus_to_exitcode(status)}\n")

    def say(self, line: str) -> None:
        """A line to the other side; if that has gone, there is nobody to hear it."""
        with contextlib.suppress(OSError):
            self.talk.sendall(line.encode())

    def end(self) -> None:
        """Ends all forks."""
        for _, pid in self.alive.values():
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
