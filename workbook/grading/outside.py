"""What is outside a submission and cleans up after it: users, cgroups, orphans, files."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from workbook.grading import warden
from workbook.grading.limits import Limits

USERS = range(1_879_100_000, 1_879_160_000)
"""User ids that nobody has: above those of containers, below those that are no longer positive."""

PATIENCE = 5.0
"""Seconds until what was killed has to be gone."""


# ---------------------------------------------------------------- users


class User:
    """A user id that no other submission has at the same time.

    It is taken by binding an abstract socket, which the system frees with this process.
    """

    def __init__(self) -> None:
        self.mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.id = self._take()

    def _take(self) -> int:
        allowed = _allowed_users()
        busy = {uid for _, uid in processes()}
        for _ in range(1000):
            number = random.choice(allowed)
            with contextlib.suppress(OSError):
                self.mark.bind(f"\0workbook-grading-user-{number}")
                if number not in busy:
                    return number
                self.mark.close()
                self.mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        raise OSError("no unused user id was found")

    def close(self) -> None:
        """Gives it back."""
        self.mark.close()


def _allowed_users() -> range:
    """USERS, or the highest ids of a container that has fewer."""
    first, count = 0, 0
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/uid_map").read_text().splitlines():
            inside, _, length = map(int, line.split())
            if inside <= USERS.start and inside + length >= USERS.stop:
                return USERS
            first, count = max((first, count), (inside, length), key=lambda one: one[1])
    if count < 10_000:
        raise OSError("this user namespace has no unused user ids")
    return range(first + count - 1000, first + count)


def processes() -> Iterator[tuple[int, int]]:
    """All processes that can be seen, with the user of each."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                yield int(name), os.stat(f"/proc/{name}").st_uid


# ---------------------------------------------------------------- the end of processes


def end_process(pid: int, started: str) -> list[int]:
    """Ends one process, unless its number is another's by now."""
    return _end(lambda: [pid] if start_of(pid) == started else [])


def end_descendants(before: set[int]) -> list[int]:
    """Ends all below this process that were not there before, orphans too (see `adopt_orphans`)."""
    return _end(lambda: list(descendants(os.getpid()) - before))


def _end(find: Callable[[], list[int]]) -> list[int]:
    ended: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while found := find():
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        reap(found)
        ended.update(found)
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)
    return sorted(ended)


def reap(pids: list[int]) -> None:
    """Takes note of the end of children that nobody else waits for."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)


def _fields(pid: int) -> list[str]:
    """What /proc says of a process after its name: state, parent, group, session, …"""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return []


def start_of(pid: int) -> str:
    """When a process was started: together with its number, that identifies it. "" if gone."""
    fields = _fields(pid)
    return fields[19] if fields and fields[0] not in "XZ" else ""


def descendants(of: int) -> set[int]:
    """The processes below one."""
    children: dict[int, list[int]] = {}
    for pid, _ in processes():
        if (fields := _fields(pid)) and fields[0] != "X":
            children.setdefault(int(fields[1]), []).append(pid)
    found: set[int] = set()
    wanted = [of]
    while wanted:
        below = children.get(wanted.pop(), [])
        found.update(below)
        wanted += below
    return found


def adopt_orphans(yes: bool = True) -> None:
    """What loses its parent below this process becomes its child, and so can be found."""
    with contextlib.suppress(OSError, AttributeError):  # not on macOS and Windows
        warden.prctl(warden.SUBREAPER, int(yes))


# ---------------------------------------------------------------- cgroups


OLD = 3600.0
"""Seconds after which an empty cgroup is nobody's: one that was just made is empty, too."""

OWN_MEMORY = 64 << 20
"""Bytes for bubblewrap and the warden, which are in a submission's cgroup."""


class Groups:
    """cgroups for one submission, of whichever controllers this process may divide.

    A cgroup belongs to who made it: only the root of a hierarchy, or what was handed over (systemd's
    `Delegate=yes`, which sets an attribute), is divided here.
    """

    def __init__(self, name: str, wanted: Iterable[str], limits: Limits) -> None:
        self.folders: dict[str, Path] = {}
        own = 2  # bubblewrap and the warden are in there, too
        memory = limits.memory + OWN_MEMORY
        self.values = {
            "pids": {"pids.max": limits.processes + own},
            "memory": {"memory.max": memory, "memory.limit_in_bytes": memory},
        }
        for controller, place in divisible(sorted(wanted)).items():
            remove_old(place)
            with contextlib.suppress(OSError):
                folder = place / name
                folder.mkdir(exist_ok=True)
                if self._limit(controller, folder):
                    self.folders[controller] = folder
                elif folder not in self.folders.values():
                    folder.rmdir()

    def _limit(self, controller: str, folder: Path) -> bool:
        """Sets the limit, whatever its file is called in this version; False if it cannot."""
        with contextlib.suppress(OSError):
            for file, value in self.values[controller].items():
                if (folder / file).exists():
                    (folder / file).write_text(str(value))
                    return True
        return False

    def entries(self) -> list[str]:
        """The files in which a process writes itself down."""
        return [str(folder / "cgroup.procs") for folder in dict.fromkeys(self.folders.values())]

    def hit(self) -> list[str]:
        """Which limits were hit."""
        found = []
        for controller, file, key, limit in (
            ("pids", "pids.events", "max", "processes"),
            ("memory", "memory.events", "oom_kill", "memory"),
            ("memory", "memory.oom_control", "oom_kill", "memory"),
        ):
            with contextlib.suppress(KeyError, OSError):
                lines = (self.folders[controller] / file).read_text().splitlines()
                if dict(line.split() for line in lines).get(key, "0") != "0":
                    found.append(limit)
        return found

    def close(self) -> None:
        """Ends what is still in there, and removes them."""
        for folder in dict.fromkeys(self.folders.values()):
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                with contextlib.suppress(OSError):
                    for pid in (folder / "cgroup.procs").read_text().split():
                        os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.005)


def divisible(wanted: Sequence[str]) -> dict[str, Path]:
    """The cgroups by controller in which this process may make others."""
    found: dict[str, Path] = {}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            number, names, path = line.split(":", 2)
            for controller in wanted:
                if controller in names.split(","):
                    _note_divisible(found, controller, Path("/sys/fs/cgroup", controller), path)
                elif number == "0":
                    _note_divisible(found, controller, Path("/sys/fs/cgroup"), path)
    return found


def _note_divisible(found: dict[str, Path], controller: str, top: Path, path: str) -> None:
    place = top / path.lstrip("/")
    if not os.access(place / "cgroup.procs", os.W_OK):
        return
    if path != "/" and not delegated(place):
        return
    unified = place / "cgroup.subtree_control"
    if unified.exists():
        if controller not in (place / "cgroup.controllers").read_text().split():
            return
        try:
            unified.write_text(f"+{controller}")
        except OSError:  # there are processes in it, and none of them is ours to move
            return
    found.setdefault(controller, place)


def remove_old(place: Path) -> None:
    """Removes what graders have left that were killed. A cgroup in use cannot be removed."""
    for folder in place.glob("workbook-confined-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > OLD:
                folder.rmdir()


def delegated(place: Path) -> bool:
    """Whether systemd has handed this cgroup over to who runs in it."""
    for name in ("trusted.delegate", "user.delegate"):
        with contextlib.suppress(OSError, AttributeError):
            if os.getxattr(place, name) == b"1":
                return True
    return False


# ---------------------------------------------------------------- the end of files


def delete(folder: Path) -> None:
    """Deletes a folder with all in it: folders without rights, and trees deeper than any path.

    It goes from folder to folder by open descriptors and follows no link: nothing outside is hit.
    """
    if not os.path.lexists(folder):
        return
    if not hasattr(os, "fwalk"):  # Windows
        import shutil

        shutil.rmtree(folder, ignore_errors=True)
        return
    while not _empty(folder):
        pass
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _empty(folder: Path) -> bool:
    """Deletes what is in a folder, some levels deep at a time: False if there is more."""
    whole = True
    top = _enter(str(folder), None)
    if top is None:
        return True
    way: list[tuple[int, str]] = [(top, "")]
    left: list[list[os.DirEntry[str]]] = [_entries(top)]
    while way:
        here = way[-1][0]
        if left[-1]:
            entry = left[-1].pop()
            if _is_folder(entry):
                if len(way) < 100 and (below := _enter(entry.name, here)) is not None:
                    way.append((below, entry.name))
                    left.append(_entries(below))
                elif len(way) >= 100:
                    whole = not _lift(top, here, entry.name)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(entry.name, dir_fd=here)
        else:
            descriptor, name = way.pop()
            left.pop()
            os.close(descriptor)
            if way:
                with contextlib.suppress(OSError):
                    os.rmdir(name, dir_fd=way[-1][0])
    return whole


def _lift(top: int, here: int, name: str) -> bool:
    """Moves a folder that lies too deep up to the top, where the next round finds it."""
    with contextlib.suppress(OSError):
        os.chmod(name, stat.S_IRWXU, dir_fd=here)
        os.rename(name, f"deep-{random.randrange(1 << 60)}", src_dir_fd=here, dst_dir_fd=top)
        return True
    return False


def _entries(descriptor: int) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(descriptor) as found:
        return list(found)
    return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        return entry.is_dir(follow_symlinks=False)
    return False


def _enter(name: str, above: int | None) -> int | None:
    """Opens a folder, whatever rights it has; None if it is none of ours."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    with contextlib.suppress(OSError):
        # not through a link: the folder's owner is asked, and a link has no rights of its own
        if stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
            os.chmod(name, stat.S_IRWXU, dir_fd=above)
        return os.open(name, flags, dir_fd=above)
    return None
