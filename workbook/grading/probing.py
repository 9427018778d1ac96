"""Finds out how submissions can be confined here, by asking a confined program."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from workbook.grading.confine import HERE, OPEN, SEALED, Confinement, Kind, Unavailable
from workbook.grading.limits import Limits

PATIENCE = 30.0
"""Seconds that it may take on a machine under load."""

TRUSTED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from workbook.grading import confine
inside = confine.inside()
child = inside.popen(
    [sys.executable, "-I", "-S", "-c", *sys.argv[2:], str(os.getpid())],
    cwd=inside.work, env={}, stdout=-1, stderr=-1,
)
out, err = child.communicate(timeout=20)
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(err)
"""

CONFINED = r"""
import ctypes, json, os, resource, sys
secret, box, work, trusted = sys.argv[1:]
def can(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        return False
    return True
def libc(name, *arguments):
    return getattr(ctypes.CDLL(None), name)(*arguments)
room = os.statvfs(work)
print(json.dumps({
    "user": os.getuid() != 0,
    "network": [line.split(":")[0].strip() for line in open("/proc/self/net/dev")][2:] == ["lo"],
    "processes": int(trusted) == os.getpid() or not can(os.kill, int(trusted), 0),
    "files": not can(open, secret) and not can(open, box + "/probe.py", "w"),
    "devices": can(open, "/dev/null", "w"),
    "work": can(open, work + "/probe", "w") and room.f_blocks * room.f_frsize,
    "rights": libc("prctl", 39, 0, 0, 0, 0) == 1 and not can(os.setgroups, []),
    "calls": libc("unshare", 0x10000000) != 0,
    "limits": resource.getrlimit(resource.RLIMIT_AS)[0],
}))
"""


@functools.cache
def best() -> Kind:
    """The best kind that works here."""
    try:
        return sealed()
    except Unavailable as error:
        return Kind(OPEN, why=str(error))


def sealed() -> Kind:
    """The better kind; Unavailable if it does not work here."""
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"it needs Linux, and this is {sys.platform}")
    if not shutil.which("bwrap"):
        raise Unavailable("bwrap is not installed; install the package `bubblewrap`")
    limits = Limits(disk=4 << 20)
    with tempfile.TemporaryDirectory(prefix="workbook-probe-") as folder:
        top = Path(folder)
        (top / "box").mkdir()
        (top / "work").mkdir()
        (top / "secret").write_text("for the trusted only")
        (top / "secret").chmod(0o644)
        wanted = Kind(SEALED, ("memory", "pids"))
        try:
            with Confinement(wanted, top / "box", top / "work", limits) as confinement:
                seen = _run(confinement, top)
                groups = tuple(sorted(confinement.groups.folders)) if confinement.groups else ()
        except OSError as error:
            raise Unavailable(str(error)) from None
    held = dict.fromkeys(seen, True) | {"work": limits.disk, "limits": limits.addresses}
    if lacking := sorted(name for name in seen if seen[name] != held[name]):
        raise Unavailable(f"bubblewrap runs, but these are not confined: {', '.join(lacking)}")
    return Kind(SEALED, groups)


def _run(confinement: Confinement, top: Path) -> dict[str, Any]:
    """What a confined program finds."""
    paths = map(str, (top / "secret", confinement.box, confinement.work))
    trusted = [sys.executable, "-I", "-S", "-c", TRUSTED, str(HERE.parents[1]), CONFINED]
    command = confinement.enclosed([*trusted, *paths])
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"a trial took longer than {PATIENCE:g} s") from None
    try:
        seen: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no output"]
        raise Unavailable(f"a trial failed: {lines[-1][:300]}") from None
    return seen
