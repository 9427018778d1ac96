"""Tries a tier by running it once: a confined program tells what it can do.

Each lever that was not seen to work is left out of the tier; without those in NEEDED it is none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from workbook.grading import confine
from workbook.grading.limits import Limits

NEEDED = {
    "A": {"user", "network", "processes", "ipc", "view", "work", "capabilities", "limits"},
    "B": {"network", "processes", "ipc", "view", "work", "capabilities", "limits"},
    "C": {"landlock", "capabilities", "limits"},
}

PATIENCE = 30.0
"""Seconds that it may take on a machine under load."""

TRUSTED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from workbook.grading import confine
inside = confine.inside()
child = inside.popen(
    [sys.executable, "-I", "-S", "-c", sys.argv[2], *sys.argv[3:], str(os.getpid())],
    cwd=inside.work, env={}, stdout=-1, stderr=-1,
)
out, err = child.communicate(timeout=20)
sys.stdout.buffer.write(out)
sys.stderr.buffer.write(err)
"""

CONFINED = r"""
import json, os, resource, socket, sys
secret, box, work, host, trusted = sys.argv[1:]
status = {}
try:
    status = dict(line.split(":\t", 1) for line in open("/proc/self/status"))
except OSError:
    pass
def reads(path):
    try:
        return open(path).read(10_000)
    except OSError:
        return ""
def can(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        return False
    return True
def libc(name, *arguments):
    import ctypes
    return getattr(ctypes.CDLL(None), name)(*arguments) == 0
room = os.statvfs(work)
numbers = []
try:
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
except OSError:
    pass
print(json.dumps({
    "uid": os.getuid(),
    "secret": reads(secret) != "",
    "signals": can(os.kill, int(trusted), 0) if int(trusted) != os.getpid() else False,
    "devices": [line.split(":")[0].strip() for line in reads("/proc/self/net/dev").splitlines()[2:]],
    "ipc": [os.stat("/proc/self/ns/ipc").st_ino] if os.path.exists("/proc/self/ns/ipc") else [],
    "host": socket.gethostname(),
    "box": can(open, box + "/probe.py", "w"),
    "work": can(lambda: open(work + "/probe", "w").write("x")),
    "room": room.f_blocks * room.f_frsize,
    "privileges": can(os.setgroups, []) or libc("prctl", 39, 0, 0, 0, 0),
    "unshares": libc("unshare", 0x10000000),
    "addresses": resource.getrlimit(resource.RLIMIT_AS)[0],
    "tasks": resource.getrlimit(resource.RLIMIT_NPROC)[0],
    "numbers": numbers,
}))
"""


def probe(tier: confine.Tier) -> confine.Tier:
    """The levers of a tier that work here; Unavailable if too few do."""
    limits = Limits(disk=4 << 20)
    with tempfile.TemporaryDirectory(prefix="workbook-probe-") as folder:
        top = Path(folder)
        (top / "box").mkdir()
        (top / "work").mkdir()
        (top / "secret").write_text("for the trusted only")
        os.chmod(top / "secret", 0o644)
        confinement = confine.Confinement(tier, top / "box", top / "work", limits)
        try:
            with confinement:
                seen = _run(confinement, top)
                seen["groups"] = list(confinement.groups.folders) if confinement.groups else []
        except OSError as error:
            raise confine.Unavailable(str(error)) from None
    held = _held(tier, seen, limits)
    if lacking := sorted(NEEDED[tier.letter] & set(tier.levers) - held):
        words = "; ".join(confine.LEVERS[name] for name in lacking)
        raise confine.Unavailable(f"here it does not give: {words}")
    return confine.Tier(tier.letter, tuple(name for name in tier.levers if name in held))


def _run(confinement: confine.Confinement, top: Path) -> dict[str, Any]:
    """What a confined program finds."""
    paths = [top / "secret", confinement.box, confinement.work]
    trusted = [sys.executable, "-I", "-S", "-c", TRUSTED, str(confine.HERE.parents[1]), CONFINED]
    command = confinement.enclosed([*trusted, *map(str, paths), os.uname().nodename])
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise confine.Unavailable(f"a trial took longer than {PATIENCE:g} s") from None
    try:
        seen: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word"]
        raise confine.Unavailable(f"a trial failed: {lines[-1][:300]}") from None
    return seen


def _held(tier: confine.Tier, seen: dict[str, Any], limits: Limits) -> set[str]:
    """The levers that were seen to work."""
    own_processes = bool(seen["numbers"]) and max(seen["numbers"]) < 100
    found = {
        "user": seen["uid"] not in (0, os.geteuid()),
        "network": seen["devices"] == ["lo"],
        "processes": not seen["signals"],
        "ipc": seen["ipc"] != [os.stat("/proc/self/ns/ipc").st_ino],
        "view": not seen["secret"] and not seen["box"],
        "landlock": not seen["secret"] and not seen["box"],
        "work": seen["work"] and seen["room"] <= limits.disk,
        "capabilities": not seen["privileges"],
        "calls": not seen["unshares"],
        "limits": seen["addresses"] == limits.addresses,
        "tasks": seen["tasks"] >= limits.processes and seen["uid"] != 0,
        "watch": own_processes if "view" in tier.levers else not seen["unshares"],
        "sweep": True,
    }
    return {name for name, held in found.items() if held} | set(seen["groups"])
