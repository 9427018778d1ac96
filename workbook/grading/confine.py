"""Confines a submission, as well as this machine can do it.

The tiers, best first; each is told by what of it was seen to work here:

A  (root) a user id of its own, networks, processes, IPC and a view of the disk of its own, a cgroup
B  (anybody) the same without another user id: user namespaces, by bubblewrap
C  Landlock (no files but these, no signals to others), a filter of system calls, limits, a sweep
D  limits of each process only: for code that you trust

Whoever grades (`Confinement`) gives the trusted program, which is pytest, an *enclosure*: a network and
a work folder that it shares with one submission. In there (`inside()`) it starts the submission's
processes, confined, and they are its children like any others:

    with confine.Confinement(tier, box, work, limits) as confinement:
        subprocess.run(confinement.enclosed([sys.executable, "-m", "pytest", ...]))
    print(confinement.hit)

    process = confine.inside().popen([sys.executable, "-m", "steps.s03", ...], cwd=..., env={...})

`enclose.py` is what does it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from workbook.grading import outside
from workbook.grading.limits import Limits

VARIABLE = "WORKBOOK_CONFINED"
"""Tells the trusted program where to order confined processes (see `enclose.py`)."""

HERE = Path(__file__).resolve().parent

TIERS = "ABCD"

ROOM = 16
"""Tasks that a user's limit has above that of a submission: the cgroup's and the watch's are met
first, which tell that they were. In tier B the trusted program is one of the user's, too."""

LEVERS = {
    "user": "a user id of its own",
    "network": "a network of its own",
    "processes": "sees and signals its own processes only",
    "ipc": "IPC of its own",
    "view": "a read-only view of the disk: Python and the submission",
    "work": "a work folder of a fixed size, in memory",
    "capabilities": "no capabilities, and no way to new ones",
    "calls": "a filter of system calls",
    "landlock": "Landlock: no files but its own",
    "limits": "limits of each process: processor time, addresses, file size, open files",
    "tasks": "a limit of the number of processes",
    "pids": "a cgroup that limits the number of processes",
    "memory": "a cgroup that limits memory",
    "watch": "what it uses added up some times a second",
    "sweep": "nothing stays when it is over",
}
"""What each lever does."""

TIER_LEVERS = {
    "A": (
        *("user", "network", "processes", "ipc", "view", "work"),
        *("capabilities", "calls", "limits", "tasks", "pids", "memory", "watch", "sweep"),
    ),
    "B": (
        *("network", "processes", "ipc", "view", "work"),
        *("capabilities", "calls", "limits", "tasks", "watch", "sweep"),
    ),
    "C": ("capabilities", "calls", "landlock", "limits", "tasks", "watch", "sweep"),
    "D": ("limits", "sweep"),
}

WARNING = (
    "WARNING: this machine cannot keep submissions away from your files, processes and network "
    "(tier D). Grade only code that you would run yourself."
)


class Unavailable(Exception):  # noqa: N818 - nothing went wrong: the machine cannot do it
    """A tier that this machine does not have; the text says why."""


@dataclass(frozen=True)
class Tier:
    """How submissions are confined here: names of LEVERS, and why the better tiers are missing."""

    letter: str
    levers: tuple[str, ...]
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"tier {self.letter}: " + "; ".join(self.told())

    def told(self) -> list[str]:
        """The levers in words."""
        return [LEVERS[name] for name in self.levers]

    def without(self, *levers: str) -> Tier:
        """The same with less, to show what a lever is good for."""
        left = tuple(name for name in self.levers if name not in levers)
        return Tier(self.letter, left, self.missing)


# ---------------------------------------------------------------- which tier


@functools.cache
def best() -> Tier:
    """The best tier that works here: each is tried by running it, once."""
    missing: list[str] = []
    for letter in TIERS:
        try:
            found = probe(letter)
        except Unavailable as error:
            missing.append(f"no tier {letter}: {error}")
        else:
            return Tier(found.letter, found.levers, tuple(missing))
    raise AssertionError("tier D is always there")


@functools.cache
def probe(letter: str) -> Tier:
    """The tier, as far as it works here; Unavailable where one of its necessary parts fails."""
    tier = Tier(letter, TIER_LEVERS[letter])
    if letter == "D":
        held = {"limits": os.name == "posix", "sweep": sys.platform.startswith("linux")}
        return Tier("D", tuple(name for name in tier.levers if held[name]))
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"it takes Linux, and this is {sys.platform}")
    if letter == "A" and os.geteuid():
        raise Unavailable("it takes root")
    if letter == "B" and not os.geteuid():
        raise Unavailable("root has tier A, or too little to confine")
    if letter == "B" and not shutil.which("bwrap"):
        raise Unavailable("bwrap is not installed; the Debian package bubblewrap brings it")
    from workbook.grading import probing

    if letter == "C" and not os.geteuid():
        with contextlib.suppress(Unavailable):  # root's own Python may be closed to all others
            return probing.probe(Tier("C", ("user", *tier.levers)))
    return probing.probe(tier)


def require(tier: Tier, least: str) -> None:
    """Raises Unavailable if the tier is less than asked for."""
    if tier.letter > least:
        why = "; ".join(tier.missing) or "no reason is known"
        raise Unavailable(f"tier {least} was asked for, and there is only {tier.letter}: {why}")


# ---------------------------------------------------------------- the view


def programs() -> list[str]:
    """What of the disk a Python program needs to run: itself, its library, and C's.

    Not the whole of Python's prefix: it may be /usr, with all programs there are, and a venv's may
    be the repository itself.
    """
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    library = sysconfig.get_paths()
    found = {os.path.realpath(sys.executable), library["stdlib"], library["platstdlib"]}
    found |= {f"{prefix}/{name}" for prefix in prefixes for name in ("lib", "lib64", "pyvenv.cfg")}
    found |= {"/lib", "/lib64", "/lib32", "/usr/lib", "/usr/lib64", "/usr/lib32"}
    found |= {"/etc/ld.so.cache", "/etc/localtime"}
    existing = sorted(path for path in found if os.path.exists(path) and not os.path.islink(path))
    return _outermost(existing)


def _outermost(paths: Sequence[str]) -> list[str]:
    """Those that lie in no other."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not (path + "/").startswith(kept[-1] + "/"):
            kept.append(path)
    return kept


def links() -> list[tuple[str, str]]:
    """The links on the way to Python and its libraries, as on the disk."""
    found = []
    for path in ("/lib", "/lib64", "/lib32", f"{sys.prefix}/lib64", sys.executable):
        for _ in range(10):
            if not os.path.islink(path):
                break
            found.append((path, os.readlink(path)))
            path = os.path.join(os.path.dirname(path), os.readlink(path))
    return found


DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")


# ---------------------------------------------------------------- around one submission


@dataclass
class Confinement:
    """All that one submission has to itself, from its beginning to its end."""

    tier: Tier
    box: Path
    """The submission's code, which it can read."""
    work: Path
    """A folder where it can write: empty now, and empty or gone when it is over."""
    limits: Limits = field(default_factory=Limits)

    sweeping: ClassVar[int] = 0
    """How many of this process have nothing but a sweep to end what is left: one at a time, please."""

    def __post_init__(self) -> None:
        self.levers = set(self.tier.levers)
        self.box, self.work = Path(self.box).resolve(), Path(self.work).resolve()
        self.hit: list[str] = []
        """Names of the limits that were hit, as seen from outside; known when it is over."""
        self.left: list[int] = []
        """Processes that had to be ended from outside, when it was over."""
        self.user: outside.User | None = None
        self.groups: outside.Groups | None = None
        self.counted = False

    def __enter__(self) -> Confinement:
        self.folder = Path(tempfile.mkdtemp(prefix="workbook-confined-"))
        try:
            self._begin()
        except BaseException:
            self.over()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.over()

    def _begin(self) -> None:
        self.root, self.note = self.folder / "root", self.folder / "note.jsonl"
        self.root.mkdir()
        self.note.touch(0o600)
        self.box.chmod(0o755)
        self.before: set[int] = set()
        if "user" in self.levers:
            self.user = outside.User()
        if wanted := self.levers & {"pids", "memory"}:
            self.groups = outside.Groups(self.folder.name, wanted, self.limits)
        if self.tier.letter == "C":
            self._open_ways()
        if self._sweeps():
            self.counted = True
            Confinement.sweeping += 1
            outside.adopt_orphans()
            self.before = outside.descendants(os.getpid())

    def _open_ways(self) -> None:
        """Without a view of its own, the submission needs a way to its folders."""
        uid = self.user.id if self.user else os.geteuid()
        if self.user:
            os.chown(self.work, uid, uid)
        temporary = Path(tempfile.gettempdir()).resolve()
        for folder in {*self.box.parents, *self.work.parents}:
            with contextlib.suppress(OSError):
                now = folder.stat()
                closed = now.st_uid == os.geteuid() and not now.st_mode & 0o001
                if self.user and closed and temporary in folder.parents:
                    folder.chmod(now.st_mode | 0o011)

    def _sweeps(self) -> bool:
        """Whether what is left is to be found among this process's descendants."""
        return "sweep" in self.levers and "processes" not in self.levers

    def spec(self) -> dict[str, Any]:
        """What `enclose.py` has to know."""
        tasks = self.limits.processes + ROOM
        if "user" not in self.levers and "processes" not in self.levers:
            tasks += outside.tasks_of(os.geteuid())  # the limit is one of all that this user runs
        return {
            "levers": sorted(self.levers),
            "enclosed": self.tier.letter == "B",
            "grader": os.getpid(),
            "box": str(self.box),
            "work": str(self.work),
            "root": str(self.root),
            "note": str(self.note),
            "uid": self.user.id if self.user else None,
            "tasks": tasks if "tasks" in self.levers else -1,
            "limits": {**self.limits.to_json(), "addresses": self.limits.addresses},
            "groups": self.groups.entries() if self.groups else [],
            "programs": programs(),
            "devices": [path for path in DEVICES if os.path.exists(path)],
            "links": links(),
        }

    def enclosed(self, command: Sequence[str]) -> list[str]:
        """The command that starts `command` (trusted) where it can start confined processes."""
        if self.tier.letter == "D":
            return list(command)
        program = [sys.executable, "-I", "-S", str(HERE / "enclose.py")]
        spec = self.folder / "spec.json"
        spec.write_text(json.dumps(self.spec()))
        return [*self._namespaces(), *program, str(spec), *command]

    def variables(self) -> dict[str, str]:
        """What the trusted program has to have in its environment."""
        if self.tier.letter != "D":
            return {}
        place: dict[str, Any] = {"box": str(self.box), "work": str(self.work)}
        if "limits" in self.levers:
            place["limits"] = {**self.limits.to_json(), "addresses": self.limits.addresses}
        return {VARIABLE: json.dumps(place)}

    def _namespaces(self) -> list[str]:
        """What bubblewrap makes: a user namespace, and a network in it."""
        if self.tier.letter != "B":
            return []
        bwrap = shutil.which("bwrap") or "bwrap"
        network = ["--unshare-net"] if "network" in self.levers else []
        keep = ["--die-with-parent", "--cap-add", "ALL", "--dev-bind", "/", "/"]
        return [bwrap, "--unshare-user", *network, *keep, "--"]

    def over(self) -> list[str]:
        """Ends and deletes what there is still of it; the limits that were hit."""
        notes = self._notes()
        for keeper in [one["keeper"] for one in notes if "keeper" in one]:
            if "user" not in self.levers and (started := outside.start_of(keeper)):
                self.left += outside.end_process(keeper, started)
        if self.user:
            self.left += outside.end_user(self.user.id)
            self.user.close()
        if self.counted:
            if Confinement.sweeping == 1:  # with others at the same time, whose is what?
                self.left += outside.end_descendants(self.before)
                outside.adopt_orphans(False)
            Confinement.sweeping -= 1
            self.counted = False
        hit = [one["limit"] for one in notes if "limit" in one]
        if self.groups:
            hit += self.groups.hit()
            self.groups.close()
        self.hit = list(dict.fromkeys(self.hit + hit))
        outside.delete(self.folder)
        outside.delete(self.work)
        return self.hit

    def _notes(self) -> list[dict[str, Any]]:
        with contextlib.suppress(OSError, ValueError):
            return [json.loads(line) for line in self.note.read_text().splitlines()]
        return []


# ---------------------------------------------------------------- in the trusted program


class Confined(subprocess.Popen[bytes]):
    """A confined process: a child like any other, but for who forks it."""

    helper: Inside

    def _execute_child(self, args: Any, *more: Any) -> None:
        """Instead of forking here: has it done by the helper, with the same three files."""
        (_, _, _, pass_fds, cwd, env, _, _, _) = more[:9]
        pipes = more[9:15]
        assert not pass_fds
        try:
            with open(os.devnull, "r+b", buffering=0) as null:
                files = [pipes[0], pipes[3], pipes[5]]
                descriptors = [null.fileno() if one == -1 else one for one in files]
                self.pid = self.helper.order(list(args), os.fspath(cwd), env, descriptors)
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class Inside:
    """The enclosure as seen from the trusted program in it."""

    def __init__(self, place: Mapping[str, Any]) -> None:
        self.box, self.work = Path(place["box"]), Path(place["work"])
        self.limits: dict[str, Any] = place.get("limits", {})
        self._lock = threading.Lock()
        self._orders: socket.socket | None = None
        if "socket" in place:
            self._orders = socket.socket(fileno=place["socket"])
            self._orders.set_inheritable(False)

    def popen(
        self, command: Sequence[str], *, cwd: Path | str, env: Mapping[str, str], **options: Any
    ) -> subprocess.Popen[bytes]:
        """A confined process, in a session of its own.

        Its environment is `env` and nothing else, but where its temporary files go; what is not
        given of stdin, stdout and stderr is /dev/null.
        """
        full = {"PATH": "/usr/bin:/bin", "HOME": str(self.work), "TMPDIR": str(self.work), **env}
        options = {name: value for name, value in options.items() if name != "start_new_session"}
        if self._orders is None:
            return subprocess.Popen(list(command), cwd=cwd, env=full, **options, **self._plain())
        made = type("Confined", (Confined,), {"helper": self})
        process: subprocess.Popen[bytes] = made(list(command), cwd=cwd, env=full, **options)
        return process

    def _plain(self) -> dict[str, Any]:
        """What there is without a helper, where a system knows limits at all."""
        if os.name == "nt":
            return {"creationflags": 0x200}
        return {"start_new_session": True, **({"preexec_fn": self._limit} if self.limits else {})}

    def _limit(self) -> None:
        with contextlib.suppress(Exception):  # macOS refuses some
            from workbook.grading import enclose

            enclose.set_limits(self.limits, -1)

    def order(
        self, args: list[str], cwd: str, env: Mapping[str, str], descriptors: list[int]
    ) -> int:
        """Has the helper start a process; its id."""
        assert self._orders is not None
        words = [os.fspath(one) for one in args]
        order = json.dumps({"args": words, "cwd": cwd, "env": dict(env)}).encode()
        with self._lock:
            socket.send_fds(self._orders, [order], descriptors)
            answer = json.loads(self._orders.recv(1 << 16) or b'{"error": "it has died"}')
        if "error" in answer:
            raise OSError(f"no confined process could be started: {answer['error']}")
        pid: int = answer["pid"]
        return pid


@functools.cache
def inside() -> Inside | None:
    """The enclosure in which this process runs; None outside of any."""
    place = os.environ.pop(VARIABLE, None)
    return Inside(json.loads(place)) if place else None
