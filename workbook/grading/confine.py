"""Confines a submission, in one of two ways:

sealed  by bubblewrap: networks, processes, IPC and a view of the disk of its own, no capabilities, a
        filter of system calls, limits; for root also a user id of its own, and a cgroup where it may
open    limits of each process, and a sweep: for code that you trust

The grader (`Confinement`) gives the trusted program, which is pytest, an *enclosure*: a network and
a work folder that it shares with a submission, for one exercise. In there (`inside()`) pytest starts
the submission's processes, confined:

    with confine.Confinement(kind, box, work, limits) as confinement:
        subprocess.run(confinement.enclosed([sys.executable, "-m", "pytest", ...]))
    print(confinement.hit)

    process = confine.inside().popen([sys.executable, "-m", "steps.s03", ...], cwd=..., env={...})

`gate.py` makes the enclosure, and `warden.py` starts the processes. `probing.py` finds out which kind
there is.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from workbook.grading import outside, warden
from workbook.grading.limits import Limits

HERE = Path(__file__).resolve().parent

SEALED, OPEN = "sealed", "open"
KINDS = (SEALED, OPEN)

ROOM = 16
"""Tasks that a user's limit has above that of a submission: the cgroup's and the watch's are met
first, which tell that they were."""


class Unavailable(Exception):  # noqa: N818 - nothing went wrong: the machine cannot do it
    """A confinement that this machine does not have; the text says why."""


@dataclass(frozen=True)
class Kind:
    """How submissions are confined here."""

    name: str
    groups: tuple[str, ...] = ()
    """What a cgroup limits: "memory", "pids"."""
    why: str = ""
    """Why it is only open."""

    def __str__(self) -> str:
        if self.name == OPEN:
            return "open, with limits of each process and of time only"
        held = f", with a cgroup for {' and '.join(self.groups)}" if self.groups else ""
        return f"sealed by bubblewrap{held}"


def require_sealed(kind: Kind) -> None:
    """Raises Unavailable if it is only open."""
    if kind.name != SEALED:
        raise Unavailable(f"submissions cannot be sealed here: {kind.why}")


# ---------------------------------------------------------------- the view


@functools.cache
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


@functools.cache
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

HOSTS = "/etc/hosts"

WARDEN = "/warden.py"
"""Where `warden.py` lies in the view."""

ROOTS = ("SETUID", "SETGID", "KILL", "CHOWN", "DAC_OVERRIDE")
"""Capabilities of a warden that is root: to start processes of another user, to hand files over to
them, and to end them."""


def bubblewrap() -> str:
    """The program."""
    return shutil.which("bwrap") or "bwrap"


def rights() -> list[str]:
    """What a command begins with that is to make enclosures (see `gate.py`)."""
    return [bubblewrap(), "--die-with-parent", "--cap-add", "ALL", "--dev-bind", "/", "/", "--"]


# ---------------------------------------------------------------- around one submission


@dataclass
class Confinement:
    """All that one submission has to itself, from its beginning to its end."""

    kind: Kind
    box: Path
    """The submission's code, which it can read."""
    work: Path
    """A folder where it can write: empty now, and empty or gone when it is over."""
    limits: Limits = field(default_factory=Limits)

    sweeping: ClassVar[int] = 0
    """How many of this process have nothing but a sweep to end what is left: one at a time, please."""

    def __post_init__(self) -> None:
        self.sealed = self.kind.name == SEALED
        self.box, self.work = Path(self.box).resolve(), Path(self.work).resolve()
        self.hit: list[str] = []
        """Names of the limits that were hit, as seen from outside; known when it is over."""
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
        self.note, self.hosts = self.folder / "note.jsonl", self.folder / "hosts"
        self.note.touch(0o600)
        self.hosts.write_text("127.0.0.1 localhost\n::1 localhost\n")
        self.box.chmod(0o755)
        if self.sealed:
            self.user = outside.User() if os.geteuid() == 0 else None
            if self.kind.groups:
                self.groups = outside.Groups(self.folder.name, self.kind.groups, self.limits)
        elif sys.platform.startswith("linux"):
            self.counted = True
            Confinement.sweeping += 1
            outside.adopt_orphans()
            self.before = outside.descendants(os.getpid())

    def spec(self) -> dict[str, Any]:
        """What `gate.py` and `warden.py` have to know."""
        return {
            "box": str(self.box),
            "work": str(self.work),
            "note": str(self.note),
            "uid": self.user.id if self.user else None,
            "tasks": self.limits.processes + ROOM,
            "limits": self._limits(),
            "groups": self.groups.entries() if self.groups else [],
            "sandbox": self.sandbox(),
            "warden": WARDEN,
        }

    def _limits(self) -> dict[str, Any]:
        return {**self.limits.to_json(), "addresses": self.limits.addresses}

    def sandbox(self) -> list[str]:
        """bubblewrap, around the warden and the submission."""
        words = [bubblewrap(), "--die-with-parent", "--new-session", "--as-pid-1"]
        words += ["--unshare-pid", "--unshare-ipc", "--unshare-uts"]
        words += ["--cap-drop", "ALL"]
        for name in ROOTS if self.user else ():
            words += ["--cap-add", f"CAP_{name}"]
        shown = [*programs(), str(self.box)]
        ways = [
            link for link in links() if not any(Path(link[0]).is_relative_to(one) for one in shown)
        ]
        placed = [*shown, *DEVICES, HOSTS, str(self.work), *(path for path, _ in ways)]
        for path in sorted({str(above) for one in placed for above in Path(one).parents}):
            words += ["--perms", "0755", "--dir", path]  # left to itself, it closes them to others
        for path in shown:
            words += ["--ro-bind", path, path]
        for path in filter(os.path.exists, DEVICES):
            words += ["--dev-bind", path, path]
        for path, target in ways:
            words += ["--symlink", target, path]
        words += ["--ro-bind", str(self.hosts), HOSTS]
        words += ["--ro-bind", str(HERE / "warden.py"), WARDEN]
        words += ["--bind", str(self.work), str(self.work), "--proc", "/proc"]
        return [*words, "--remount-ro", "/", "--chdir", "/"]

    def enclosed(self, command: Sequence[str]) -> list[str]:
        """The command that starts `command` (trusted) where it can start confined processes."""
        if not self.sealed:
            return list(command)
        program = [sys.executable, "-I", "-S", str(HERE / "gate.py"), self.enclosure()]
        return [*rights(), *program, *command]

    def enclosure(self) -> str:
        """The file for `gate.py`; "" where there is nothing for it to do."""
        if not self.sealed:
            return ""
        spec = self.folder / "spec.json"
        spec.write_text(json.dumps(self.spec()))
        return str(spec)

    def variables(self) -> dict[str, str]:
        """What the trusted program has to have in its environment."""
        if self.sealed:
            return {}
        place = {"box": str(self.box), "work": str(self.work), "limits": self._limits()}
        return {warden.VARIABLE: json.dumps(place)}

    def over(self) -> list[str]:
        """Ends and deletes what there is still of it; the limits that were hit."""
        notes = self._notes()
        for one in notes:
            if "warden" in one:
                outside.end_process(one["warden"], one["started"])
        if self.user:
            self.user.close()
        if self.counted:
            if Confinement.sweeping == 1:  # with others at the same time, whose is what?
                outside.end_descendants(self.before)
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
    """A confined process: like any other, but the warden forks it, and tells when it has ended."""

    enclosure: Inside

    def _execute_child(self, args: Any, *more: Any) -> None:
        """Instead of forking here: has it done by the warden, with the same three files."""
        (_, _, _, pass_fds, cwd, env, _, _, _) = more[:9]
        pipes = more[9:15]
        assert not pass_fds
        self._reading = threading.Lock()
        self._end, end = os.pipe()
        weakref.finalize(self, os.close, self._end)
        try:
            with open(os.devnull, "r+b", buffering=0) as null:
                files = [pipes[0], pipes[3], pipes[5]]
                descriptors = [null.fileno() if one == -1 else one for one in files]
                self.pid = self.enclosure.order(
                    list(args), os.fspath(cwd), env, [*descriptors, end]
                )
            self._child_created = True
        finally:
            os.close(end)
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _wait(self, timeout: float | None) -> int:
        """What `wait` is made of: until the warden says that it has ended."""
        if self.returncode is None:
            end = select.poll()
            end.register(self._end)
            if not end.poll(None if timeout is None else max(timeout, 0) * 1000):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            with self._reading:  # other threads may wait, too
                if self.returncode is None:
                    # who says nothing has been ended with all others
                    self.returncode = int(os.read(self._end, 16) or b"-9")
        code: int = self.returncode
        return code

    def _internal_poll(self, *_: Any, **more: Any) -> int | None:
        """What `poll` is made of."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._wait(0)
        return self.returncode


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
        made = type("Confined", (Confined,), {"enclosure": self})
        process: subprocess.Popen[bytes] = made(list(command), cwd=cwd, env=full, **options)
        return process

    def _plain(self) -> dict[str, Any]:
        """What there is without a warden, where a system knows limits at all."""
        if os.name == "nt":
            return {"creationflags": 0x200}
        return {"start_new_session": True, **({"preexec_fn": self._limit} if self.limits else {})}

    def _limit(self) -> None:
        with contextlib.suppress(Exception):  # macOS refuses some
            warden.set_limits(self.limits, -1)

    def order(
        self, args: list[str], cwd: str, env: Mapping[str, str], descriptors: list[int]
    ) -> int:
        """Has the warden start a process; its number as it is seen here."""
        assert self._orders is not None
        words = [os.fspath(one) for one in args]
        order = json.dumps({"args": words, "cwd": cwd, "env": dict(env)}).encode()
        with self._lock:
            socket.send_fds(self._orders, [order], descriptors)
            answer, found, _, _ = socket.recv_fds(self._orders, 1 << 16, 1)
            if not found:
                why = answer.decode() or "its warden has died"
                raise OSError(f"no confined process could be started: {why}")
            facts = Path(f"/proc/self/fdinfo/{found[0]}").read_text()
            os.close(found[0])
            self._orders.send(b"seen")
        return int(facts.partition("Pid:")[2].split()[0])


@functools.cache
def inside() -> Inside | None:
    """The enclosure in which this process runs; None outside of any."""
    place = os.environ.pop(warden.VARIABLE, None)
    return Inside(json.loads(place)) if place else None
