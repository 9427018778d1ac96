"""Process 1 of a sealed submission: starts its processes on the orders of the trusted program.

bubblewrap runs it as `python -I -S warden.py ORDERS NOTE`, the numbers of a socket and of a file. It
sees the disk as the submission does, and nothing of the workbook but this file. It

- starts a process for each order, with fewer rights than its own, and reports when that has ended;
- ends processes that have lost their parent: no test knows of them or waits for them;
- adds up several times a second how much they all use together, including what waits in sockets.

No process in there can end it, trace it or look into it: it is process 1, and has closed itself to the
other processes of its user. It ends with the trusted program, and then the kernel ends all the others.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

VARIABLE = "WORKBOOK_CONFINED"
"""Tells the trusted program where the warden listens."""

LOOK = 0.05
"""Seconds between two looks at how much the submission uses."""

UNIX_BUFFER = 208 << 10
"""Bytes that a socket of the Unix domain can hold, where nobody has changed Linux' own limit."""

ORDER = 1 << 17
"""Bytes of one order."""

DUMPABLE, SUBREAPER, AMBIENT, AMBIENT_CLEAR = 4, 36, 47, 4
"""Names of prctl(2)."""


def prctl(option: int, *arguments: int) -> None:
    """prctl(2), for which Python has no function; OSError where the kernel refuses."""
    values = [ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    # PyDLL keeps the interpreter's lock, which a forked process needs
    if ctypes.PyDLL(None, use_errno=True).prctl(ctypes.c_int(option), *values):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def set_limits(limits: Mapping[str, Any], tasks: int) -> None:
    """The limits of one process, and with `tasks` that of its user."""
    import resource  # not on Windows

    wanted = {
        "CPU": limits["cpu"],
        "AS": limits["addresses"],
        "FSIZE": limits["file"],
        "NOFILE": limits["open"],
        "NPROC": tasks,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "SIGPENDING": 1024,
    }
    for name, value in wanted.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None and value >= 0:
            _, most = resource.getrlimit(number)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            # the signal at the lower one says what it was; who ignores it is killed at the higher
            room = 1 if name == "CPU" and value != most else 0
            resource.setrlimit(number, (value, value + room))


class Warden:
    """The submission's processes, and the program that orders them."""

    def __init__(self, orders: socket.socket, note: int) -> None:
        self.orders, self.note = orders, note
        self.spec: dict[str, Any] = json.loads(orders.recv(ORDER))
        self.limits: dict[str, Any] = self.spec["limits"]
        self.uid: int | None = self.spec["uid"]
        self.children: dict[int, tuple[subprocess.Popen[bytes], int]] = {}
        """By the number of the process's pidfd, with the pipe on which its end is awaited."""
        self.told: set[str] = set()
        self.waiting = selectors.DefaultSelector()
        self.waiting.register(orders, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until the program is gone."""
        os.umask(0o022)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # where memory runs out in spite of all, what it starts goes first
        prctl(DUMPABLE, 0)  # so that no other process of the same user can trace it
        self.orders.send(b"ready")
        look = 0.0
        while True:
            for key, _ in self.waiting.select(max(0.0, look - time.monotonic())):
                if key.fileobj is not self.orders:
                    self.has_ended(key.fd)
                elif not self.obey():
                    return
            if time.monotonic() >= look:
                self.look()
                look = time.monotonic() + LOOK

    # ------------------------------------------------------------ orders

    def obey(self) -> bool:
        """Carries out one order; False if there are no more."""
        data, descriptors, _, _ = socket.recv_fds(self.orders, ORDER, 4)
        if not data:
            return False
        *files, end = descriptors
        try:
            child = self.start(json.loads(data), files)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            os.close(end)
            self.orders.send(f"{type(error).__name__}: {error}".encode())
        else:
            watched = os.pidfd_open(child.pid)
            self.children[watched] = (child, end)
            self.waiting.register(watched, selectors.EVENT_READ)
            socket.send_fds(self.orders, [b"started"], [watched])
            self.orders.recv(ORDER)  # its number has been seen, and may become another's
        for descriptor in files:
            os.close(descriptor)
        return True

    def start(self, order: dict[str, Any], files: list[int]) -> subprocess.Popen[bytes]:
        """One process."""
        user: dict[str, Any] = {}
        if self.uid is not None:
            self.hand_over(order["cwd"])
            user = {"user": self.uid, "group": self.uid, "extra_groups": []}
        stdin, stdout, stderr = files
        return subprocess.Popen(
            order["args"],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=order["env"],
            start_new_session=True,
            preexec_fn=lambda: self.become(order["cwd"]),
            **user,
        )

    def become(self, folder: str) -> None:
        """In the new process, before it is the submission's."""
        os.chdir(folder)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        prctl(AMBIENT, AMBIENT_CLEAR)  # so that the program comes without capabilities
        set_limits(self.limits, self.spec["tasks"])

    def hand_over(self, folder: str) -> None:
        """What a test has put into the folder, and the way there, become the submission's."""
        work = self.spec["work"]
        if os.path.commonpath([folder, work]) != work:
            return
        way = os.path.relpath(folder, work).split("/")
        for count in range(1, len(way) + 1):
            self.give(os.path.join(work, *way[:count]))
        for path, folders, files in os.walk(folder) if way != ["."] else ():
            for name in folders + files:
                self.give(os.path.join(path, name))

    def give(self, path: str) -> None:
        """Only what was root's: the submission's own links and files stay as they are."""
        assert self.uid is not None
        with contextlib.suppress(OSError):  # it may be gone by now
            now = os.lstat(path)
            if now.st_uid == 0 and not stat.S_ISLNK(now.st_mode):
                os.chown(path, self.uid, self.uid, follow_symlinks=False)

    def has_ended(self, watched: int) -> None:
        """Tells the program the exit code."""
        child, end = self.children.pop(watched)
        self.waiting.unregister(watched)
        os.close(watched)
        with contextlib.suppress(OSError):  # the program may not want to know
            os.write(end, b"%d" % child.wait())
        os.close(end)

    # ------------------------------------------------------------ the watch

    def look(self) -> None:
        """Adds up all processes, and ends them where they use too much together."""
        memory = tasks = 0
        known = {child.pid for child, _ in self.children.values()}
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            fields = status(pid) if pid != 1 else {}
            held, threads = usage(fields)
            memory, tasks = memory + held, tasks + threads
            if fields.get("PPid") == "1" and pid not in known:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, os.WNOHANG)
        memory += in_sockets()
        if tasks >= self.limits["processes"]:
            self.tell("processes")
        if memory > self.limits["memory"]:
            self.tell("memory")
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)  # sees nothing but this sandbox

    def tell(self, name: str) -> None:
        """To the grader, once."""
        if name not in self.told:
            self.told.add(name)
            os.write(self.note, json.dumps({"limit": name}).encode() + b"\n")


def usage(fields: dict[str, str]) -> tuple[int, int]:
    """Bytes of memory that one process holds for itself, and its threads."""
    held = sum(int(fields.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem", "VmSwap"))
    return held << 10, int(fields.get("Threads", "0"))


def in_sockets() -> int:
    """Bytes in the buffers of this network's sockets, which no process is said to hold.

    Of a socket of the Unix domain the system does not tell how many; each counts as full. The list of
    the TCP sockets takes the system milliseconds, even where there are none, and is read several times
    a second. So it is left out where the summary says that there are none.
    """
    rows = [row.split() for name in ("sockstat", "sockstat6") for row in lines(f"/proc/net/{name}")]
    unused = {row[0].lower() for row in rows if row[1:3] == ["inuse", "0"]}
    held = 0
    for name in ("tcp", "tcp6", "udp", "udp6"):
        if f"{name}:" in unused:
            continue
        for line in lines(f"/proc/net/{name}")[1:]:
            sending, _, receiving = line.split()[4].partition(":")
            held += int(sending, 16) + int(receiving, 16)
    return held + UNIX_BUFFER * max(0, len(lines("/proc/net/unix")) - 1)


def lines(path: str) -> list[str]:
    """The lines of a file of the system's; none where it is not there."""
    with contextlib.suppress(OSError), open(path, errors="replace") as file:
        return file.read().splitlines()
    return []


def status(pid: int) -> dict[str, str]:
    """What the system says of a process; nothing once it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", errors="replace") as file:
        pairs = (line.partition(":") for line in file)
        return {name: value.strip() for name, _, value in pairs}
    return {}


if __name__ == "__main__":
    Warden(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])).serve()
