"""Starts a trusted program that can start confined ones: `python -I -S enclose.py SPEC PROGRAM...`.

Before it becomes PROGRAM (pytest, for one), this process makes

- a network with nothing but a loopback device, and a work folder in memory of a fixed size: both are
  PROGRAM's and the submission's, and nobody else's, and both are gone when the last process is;
- the *helper*, a small child that waits behind a socket for orders to start a confined process. What
  it starts are children of PROGRAM (clone with CLONE_PARENT), which waits for them and signals them
  as ever. A fork of this small process is much cheaper than one of pytest's, and no thread of
  another is ever forked in the middle of something;
- the *keeper*, process 1 of the submission's own process namespace: the kernel ends all in there
  when it ends. It ends with the helper, and the helper with PROGRAM.

Helper and keeper see the disk as the submission does. SPEC is a file in JSON (see
`confine.Confinement.spec`); its `levers` say what of all this is to be done.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import stat
import sys
import time
from typing import Any, NoReturn

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from workbook.grading import kernel

LOOK = 0.05
"""Seconds between two looks at how much the submission uses."""

ORDER = 1 << 17
"""Bytes of one order."""

VARIABLE = "WORKBOOK_CONFINED"
"""Tells PROGRAM where the helper listens."""


def main() -> None:
    """Makes the enclosure, and becomes the program."""
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    command = sys.argv[2:]
    enclose(spec)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ready, done = os.pipe()
    if not os.fork():
        run(Helper(spec, theirs, done))
    theirs.close()
    os.close(done)
    word = os.read(ready, 1000)
    if word != b"ready":
        sys.exit(f"no confinement: {word.decode() or 'its helper has died'}")
    os.close(ready)
    kernel.drop_capabilities() if os.geteuid() else None  # a plain user's, of his own namespace
    ours.setblocking(True)
    os.set_inheritable(ours.fileno(), True)
    place = json.dumps({"socket": ours.fileno(), **{name: spec[name] for name in ("box", "work")}})
    os.execve(command[0], command, {**os.environ, VARIABLE: place})


def enclose(spec: dict[str, Any]) -> None:
    """What the program shares with the submission."""
    flags = 0
    if "network" in spec["levers"] and not spec["enclosed"]:
        flags |= kernel.NEW_NETWORK
    if "work" in spec["levers"]:
        flags |= kernel.NEW_MOUNTS
    if flags:
        kernel.unshare(flags)
    if flags & kernel.NEW_NETWORK:
        kernel.raise_loopback()
    if "work" in spec["levers"]:
        kernel.mount("none", "/", None, kernel.REC | kernel.PRIVATE)
        mount_work(spec)


def mount_work(spec: dict[str, Any]) -> None:
    """A folder of a fixed size. Nobody follows a link in there, so that none leads out of it."""
    limits, uid = spec["limits"], spec["uid"]
    owner = f"uid={os.geteuid()},gid={os.getegid()}" if uid is None else f"uid={uid},gid={uid}"
    data = f"mode=0700,{owner},size={limits['disk']},nr_inodes={limits['files']}"
    flags = kernel.NOSUID | kernel.NODEV | kernel.NOEXEC
    kernel.mount("work", spec["work"], "tmpfs", flags | kernel.NOSYMFOLLOW, data)


def run(helper: Helper) -> NoReturn:
    """The rest of the helper's life."""
    try:
        helper.prepare()
        helper.serve()
    except BaseException as error:  # whatever it is, the parent waits for a word
        with contextlib.suppress(OSError):
            os.write(helper.done, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os._exit(0)


class Helper:
    """Starts confined processes at the program's order."""

    def __init__(self, spec: dict[str, Any], orders: socket.socket, done: int) -> None:
        self.spec = spec
        self.levers = set(spec["levers"])
        self.orders = orders
        self.done = done
        self.note = os.open(spec["note"], os.O_WRONLY | os.O_APPEND)
        self.null = os.open(os.devnull, os.O_RDWR)

    def prepare(self) -> None:
        """Goes where the submission is to be."""
        parent = os.getppid()
        kernel.die_with_parent()
        for descriptor in (0, 1, 2):
            os.dup2(self.null, descriptor)
        for group in self.spec["groups"]:  # once, and all children are in it: to move takes long
            with open(group, "w") as file:
                file.write("0")
        kernel.unshare(self.namespaces())
        if "processes" in self.levers:
            self.start_keeper()
        else:
            self.start_patrol()
            if "view" in self.levers:
                self.see()
        os.umask(0o022)
        for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGXFSZ):  # as an exec leaves them
            signal.signal(number, signal.SIG_DFL)
        self.confine()
        if os.getppid() != parent:
            os._exit(1)
        os.write(self.done, b"ready")
        os.close(self.done)

    def namespaces(self) -> int:
        """The namespaces that it shares with the submission only."""
        wanted = {
            "view": kernel.NEW_MOUNTS,
            "processes": kernel.NEW_PIDS,
            "ipc": kernel.NEW_IPC | kernel.NEW_NAMES,
        }
        return sum(flag for lever, flag in wanted.items() if lever in self.levers)

    def start_keeper(self) -> None:
        """The first process in the new process namespace."""
        ready, done = os.pipe()
        keeper = os.fork()
        if not keeper:
            os.close(ready)
            self.keep(done)
        os.close(done)
        word = os.read(ready, 1000)
        if word != b"ready":
            raise RuntimeError(word.decode() or "the keeper has died")
        os.close(ready)
        if "view" in self.levers:
            os.chdir("/")
        self.write_note(keeper=keeper)

    def keep(self, done: int) -> NoReturn:
        """The rest of the keeper's life."""
        try:
            kernel.die_with_parent()
            self.orders.close()
            if "view" in self.levers:
                self.see()
            os.write(done, b"ready")
            os.close(done)
            Watch(self).run()
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(done, f"{type(error).__name__}: {error}".encode())
        os._exit(1)

    def start_patrol(self) -> None:
        """The keeper's eyes, where there is no process namespace to keep."""
        helper = os.getpid()
        if os.fork():
            return
        kernel.die_with_parent()
        self.orders.close()
        os.close(self.done)
        with contextlib.suppress(BaseException):
            Patrol(self, helper).run()
        os._exit(1)

    def write_note(self, **facts: Any) -> None:
        """A line to whoever grades."""
        os.write(self.note, json.dumps(facts).encode() + b"\n")

    # ------------------------------------------------------------ the disk

    def see(self) -> None:
        """Puts together all that can be seen of the disk from now on."""
        root = self.spec["root"]
        kernel.mount("none", "/", None, kernel.REC | kernel.PRIVATE)
        kernel.mount("view", root, "tmpfs", kernel.NOSUID | kernel.NODEV, "mode=0755,size=1m")
        still = kernel.RDONLY | kernel.NOSUID
        for path in self.spec["programs"]:
            self.show(path, still | kernel.NODEV)
        for path in self.spec["devices"]:
            self.show(path, still | kernel.NOEXEC)
        self.show(self.spec["box"], still | kernel.NODEV | kernel.NOEXEC)
        self.show(self.spec["work"], kernel.NOSUID | kernel.NODEV | kernel.NOEXEC)
        for path, target in self.spec["links"]:
            self.link(path, target)
        os.makedirs(root + "/etc", exist_ok=True)
        with open(root + "/etc/hosts", "w") as file:
            file.write("127.0.0.1 localhost\n::1 localhost\n")
        if "processes" in self.levers:
            self.show_processes()
        kernel.pivot(root)
        kernel.set_attributes("/", kernel.RDONLY)

    def show(self, path: str, attributes: int) -> None:
        """The same file or folder as outside, at the same place."""
        target = self.spec["root"] + path
        if os.path.isdir(path):
            os.makedirs(target, mode=0o755, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.bind(path, target, attributes)

    def link(self, path: str, target: str) -> None:
        place = self.spec["root"] + path
        if not os.path.lexists(place):
            os.makedirs(os.path.dirname(place), mode=0o755, exist_ok=True)
            os.symlink(target, place)

    def show_processes(self) -> None:
        """Its own processes; without them, where a container does not let us."""
        target = self.spec["root"] + "/proc"
        os.makedirs(target)
        flags = kernel.NOSUID | kernel.NODEV | kernel.NOEXEC
        for options in ("hidepid=2,subset=pid", "hidepid=2"):
            with contextlib.suppress(OSError):
                kernel.mount("proc", target, "proc", flags, options)
                return

    # ------------------------------------------------------------ orders

    def serve(self) -> None:
        """Starts what is ordered, until the program is gone."""
        while True:
            order, descriptors, _, _ = socket.recv_fds(self.orders, ORDER, 3)
            if not order:
                return
            try:
                answer: dict[str, Any] = {"pid": self.start(json.loads(order), descriptors)}
            except (OSError, ValueError) as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            for descriptor in descriptors:
                os.close(descriptor)
            self.orders.send(json.dumps(answer).encode())

    def start(self, order: dict[str, Any], descriptors: list[int]) -> int:
        """One process; its id."""
        if self.spec["uid"] is not None:
            self.hand_over(order["cwd"])
        ready, failed = os.pipe()
        child = kernel.clone_sibling()
        if not child:
            self.become(order, descriptors, failed)
        os.close(failed)
        error = os.read(ready, 1000)
        os.close(ready)
        if error:
            raise OSError(error.decode())
        return child

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
        with contextlib.suppress(OSError):  # it may be gone by now
            now = os.lstat(path)
            if now.st_uid == os.geteuid() and not stat.S_ISLNK(now.st_mode):
                os.chown(path, self.spec["uid"], self.spec["uid"], follow_symlinks=False)

    def become(self, order: dict[str, Any], descriptors: list[int], failed: int) -> NoReturn:
        """In the new process: everything off, then the submission's program."""
        try:
            os.setsid()
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
            self.drop_rights()
            os.chdir(order["cwd"])
            failed = os.dup2(failed, 3, inheritable=False)
            os.closerange(4, 256)
            os.execve(order["args"][0], order["args"], order["env"])
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(failed, f"{type(error).__name__}: {error}".encode())
        os._exit(127)

    def confine(self) -> None:
        """Gives up all that the submission is not to have, and the helper needs no more.

        What it starts inherits it, and has only its user to change.
        """
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # where memory runs out in spite of all, this goes first
        if "limits" in self.levers:
            set_limits(self.spec["limits"], self.spec["tasks"])
        if "capabilities" in self.levers:
            kernel.drop_bounding_set()
            kernel.forbid_new_privileges()
        if "landlock" in self.levers:
            readable = [self.spec["box"], *self.spec["devices"]]
            kernel.landlock(self.spec["programs"], readable, [self.spec["work"]])
        if "calls" in self.levers:
            kernel.filter_calls()

    def drop_rights(self) -> None:
        """In the new process: the rest."""
        if (uid := self.spec["uid"]) is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        if "capabilities" in self.levers:
            kernel.drop_capabilities()
        if "processes" not in self.levers:
            kernel.die_with_parent()


def set_limits(limits: dict[str, Any], tasks: int) -> None:
    """The limits of one process, and with `tasks` that of its user."""
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


class Watch:
    """The keeper's work: ends what is left behind by its parents, and looks at how much is used."""

    pause = LOOK

    def __init__(self, helper: Helper) -> None:
        self.helper = helper
        self.limits = helper.spec["limits"]
        self.told: set[str] = set()
        self.sees = "view" in helper.levers and os.path.isdir("/proc/1")

    def run(self) -> NoReturn:
        """Until the helper ends, which ends this process too."""
        while True:
            time.sleep(self.pause)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if "watch" in self.helper.levers:
                self.look()

    def look(self) -> None:
        """Adds up all processes, and ends them where they use too much together."""
        memory = tasks = 0
        for pid in self.processes():
            fields = status(pid)
            held, threads = usage(fields)
            memory, tasks = memory + held, tasks + threads
            self.look_at(pid, fields)
        if tasks >= self.limits["processes"]:
            self.tell("processes")
        if memory > self.limits["memory"]:
            self.tell("memory")
            self.end()

    def look_at(self, pid: int, fields: dict[str, str]) -> None:
        """Ends what has lost its parent: the tests know nothing of it, and wait for nothing."""
        if fields.get("PPid") == "1":
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)

    def processes(self) -> list[int]:
        """The submission's."""
        names = os.listdir("/proc") if self.sees else []
        return [int(name) for name in names if name.isdigit() and name != "1"]

    def end(self) -> None:
        """Ends all of them: for process 1, there are no others than these."""
        with contextlib.suppress(OSError):
            os.kill(-1, signal.SIGKILL)

    def tell(self, name: str) -> None:
        """Once is enough."""
        if name not in self.told:
            self.told.add(name)
            self.helper.write_note(limit=name)


class Patrol(Watch):
    """The same from outside, where the submission's processes live among all others.

    They are told by what is above them, and by the filter of system calls that they cannot put off.
    """

    pause = 0.5

    def __init__(self, helper: Helper, pid: int) -> None:
        super().__init__(helper)
        self.helper_pid = pid

    def processes(self) -> list[int]:
        """Those below the grader that are confined."""
        from workbook.grading import outside  # of which nobody else has to wait for the import

        below = outside.descendants(self.helper.spec["grader"]) - {self.helper_pid}
        return [pid for pid in below if is_filtered(pid)]

    def look(self) -> None:
        """The disk, too: the work folder is an ordinary one."""
        super().look()
        try:
            full = takes_too_much(self.helper.spec["work"], self.limits)
        except RecursionError:  # folders in folders in folders
            full = True
        if full:
            self.tell("disk")
            self.end()

    def look_at(self, pid: int, fields: dict[str, str]) -> None:
        """Who has lost a parent is the grader's child, like others of his."""

    def end(self) -> None:
        """One after the other."""
        for pid in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def usage(fields: dict[str, str]) -> tuple[int, int]:
    """Bytes of memory that one process holds for itself, and its threads."""
    held = sum(int(fields.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem", "VmSwap"))
    return held << 10, int(fields.get("Threads", "0"))


def is_filtered(pid: int) -> bool:
    """Whether a process has a filter of system calls."""
    return status(pid).get("Seccomp") == "2"


def status(pid: int) -> dict[str, str]:
    """What the system says of a process; nothing once it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", errors="replace") as file:
        pairs = (line.partition(":") for line in file)
        return {name: value.strip() for name, _, value in pairs}
    return {}


def takes_too_much(folder: str, limits: dict[str, Any]) -> bool:
    """Whether a folder holds more than is allowed."""
    size = count = 0
    for path, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        for name in files:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(path, name)).st_blocks * 512
        if count > limits["files"] or size > limits["disk"]:
            return True
    return False


if __name__ == "__main__":
    main()
