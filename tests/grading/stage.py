"""Where single attacks are played: as a `Play` says; prints what became of them.

Three programs in one file. The *grader* confines a submission, and starts the *trusted* program,
which starts the *attacker*, confined. It may be root's, or that of a user without any rights: then
`as_user` first puts the paths that he needs where he can reach them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbook.grading import confine, outside
from workbook.grading.limits import Limits

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
ITSELF = [sys.executable, "-B", "-m", "tests.grading.stage"]

SECRET = "only for the trusted"

PATIENCE = 60.0
"""Seconds until a play is broken off."""


@dataclass
class Play:
    """What is to be played: the attacks in one process, one after the other."""

    folder: str
    kind: str
    attacks: list[str]
    groups: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    user: int | None = None
    """The user who grades; None is the current one."""


def play(one: Play) -> dict[str, Any]:
    """Plays it in another process; what that found."""
    words = [*ITSELF, "grader", json.dumps(vars(one))]
    if one.user is not None:
        words = [*as_user(one.user, one.folder), *words]
    done = subprocess.run(
        words,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    try:
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise AssertionError(done.stderr.decode() + done.stdout.decode()) from None
    return found


# ---------------------------------------------------------------- a user without rights


def as_user(user: int, folder: str) -> list[str]:
    """What runs a command as another user, who finds Python, the repository and the folder.

    Where only root may pass, a folder is put over, with nothing in it but the way to the path.
    """
    paths = [sys.prefix, sys.base_prefix, str(ROOT), folder]
    words = [confine.bubblewrap(), "--cap-add", "ALL", "--dev-bind", "/", "/"]
    above = sorted({one for path in paths for one in Path(path).parents})
    closed = [one for one in above if not one.stat().st_mode & 0o001]
    for one in above:
        if any(one.is_relative_to(top) for top in closed):
            words += ["--perms", "0755", "--tmpfs" if one in closed else "--dir", str(one)]
    for path in paths:
        if any(Path(path).is_relative_to(top) for top in closed):
            words += ["--dev-bind", path, path]
    return [*words, "--", *ITSELF, "plain", str(user), folder]


def plain() -> None:
    """Becomes the other user."""
    user, folder, *command = sys.argv[2:]
    os.chmod(folder, 0o755)
    os.chown(folder, int(user), int(user))
    os.environ["TMPDIR"] = os.environ["HOME"] = folder
    os.setgroups([])
    os.setresgid(int(user), int(user), int(user))
    os.setresuid(int(user), int(user), int(user))
    os.execv(command[0], command)


# ---------------------------------------------------------------- the grader


def grade() -> None:
    """Confines the attacker, has him play, and looks at what is left."""
    one = Play(**json.loads(sys.argv[2]))
    top = Path(one.folder)
    box, work, secret = top / "box", top / "work", top / "secret"
    box.mkdir(exist_ok=True)
    work.mkdir(exist_ok=True)
    (top / "open").mkdir(exist_ok=True)
    (top / "open").chmod(0o777)
    shutil.copy(HERE.with_name("lone_attacks.py"), box)
    secret.write_text(SECRET)
    secret.chmod(0o644)
    kind = confine.Kind(one.kind, tuple(one.groups))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        facts = {
            "secret": str(secret),
            "open": str(top / "open"),
            "port": listener.getsockname()[1],
            "token": f"left-{os.urandom(8).hex()}",
        }
        with confine.Confinement(kind, box, work, Limits(**one.limits)) as confinement:
            words = [*ITSELF, "trusted", json.dumps(facts), *one.attacks]
            done = subprocess.run(
                confinement.enclosed(words),
                env={**os.environ, **confinement.variables(), "TRUSTED": SECRET},
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )
            before = time.monotonic()
    print(
        json.dumps(
            {
                **report(done),
                "hit": confinement.hit,
                "left": processes_with(facts["token"]),
                "folders": [str(path) for path in (work, confinement.folder) if path.exists()],
                "seconds": time.monotonic() - before,
            }
        )
    )


def report(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """What the trusted program tells; AssertionError if it could not."""
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(done.stderr.decode() + done.stdout.decode()) from None
    return told


def processes_with(token: str) -> int:
    """How many processes carry the token on their command line; they are ended."""
    count = 0
    for pid, _ in outside.processes():
        with contextlib.suppress(OSError):
            if pid != os.getpid() and token.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                count += 1
                os.kill(pid, 9)
    return count


# ---------------------------------------------------------------- the trusted program


def order() -> None:
    """Starts the attacker, and prints how it went."""
    facts, attacks = json.loads(sys.argv[2]), sys.argv[3:]
    inside = confine.inside()
    assert inside is not None
    facts |= {"trusted": os.getpid(), "box": str(inside.box), "work": str(inside.work)}
    program = str(inside.box / "lone_attacks.py")
    with inside.popen(
        [sys.executable, "-I", "-S", program, json.dumps(facts), *attacks],
        cwd=inside.work,
        env={},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as attacker:
        out, err = attacker.communicate(timeout=PATIENCE / 2)
    done = [json.loads(line) for line in out.splitlines()]
    print(
        json.dumps(
            {
                "done": {name: value for one in done for name, value in one.items()},
                "code": attacker.returncode,
                "stderr": err.decode(),
            }
        )
    )


if __name__ == "__main__":
    {"plain": plain, "grader": grade, "trusted": order}[sys.argv[1]]()
