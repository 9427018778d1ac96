"""Starts a trusted program beside a sealed submission: `python -I -S gate.py SPEC PROGRAM...`.

bubblewrap has given this process a network with nothing but a loopback device, which PROGRAM (pytest,
for one) and the submission share. Before it becomes PROGRAM, this process

- mounts the work folder, in memory and of a fixed size. bubblewrap can neither limit the number
  of its files nor keep PROGRAM from following a link out of it;
- starts bubblewrap again, with the *warden* in it (see `warden.py`), at the other end of a socket.

SPEC is a file in JSON (see `confine.Confinement.spec`).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import subprocess
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from workbook.grading import outside, syscalls, warden

NOSUID, NODEV, NOEXEC, NOSYMFOLLOW = 2, 4, 8, 0x100
"""Flags of mount(2)."""


def main() -> None:
    """Makes the enclosure, and becomes the program."""
    with open(sys.argv[1]) as file:
        spec = json.load(file)
    command = sys.argv[2:]
    mount_work(spec)
    if os.geteuid():  # a plain user's capabilities, in his own namespace
        warden.prctl(warden.AMBIENT, warden.AMBIENT_CLEAR)
    orders = start_warden(spec)
    os.set_inheritable(orders.fileno(), True)
    place = json.dumps(
        {"socket": orders.fileno(), **{name: spec[name] for name in ("box", "work")}}
    )
    os.execve(command[0], command, {**os.environ, warden.VARIABLE: place})


def mount_work(spec: dict[str, Any]) -> None:
    """A folder of a fixed size. Nobody follows a link in there, so that none leads out of it."""
    limits, uid = spec["limits"], spec["uid"]
    owner = f"uid={os.geteuid()},gid={os.getegid()}" if uid is None else f"uid={uid},gid={uid}"
    data = f"mode=0700,{owner},size={limits['disk']},nr_inodes={limits['files']}"
    flags = ctypes.c_ulong(NOSUID | NODEV | NOEXEC | NOSYMFOLLOW)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"work", os.fsencode(spec["work"]), b"tmpfs", flags, data.encode()):
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}, at mounting the work folder")


def start_warden(spec: dict[str, Any]) -> socket.socket:
    """The end of the socket that is the program's; SystemExit if no warden answers."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    note = os.open(spec["note"], os.O_WRONLY | os.O_APPEND)
    filtered, write_filter = os.pipe()
    born, write_born = os.pipe()
    passed = (theirs.fileno(), note, filtered, write_born)
    os.write(write_filter, syscalls.program())
    os.close(write_filter)

    def join() -> None:
        for group in spec["groups"]:  # once, and all children are in it: to move takes long
            with open(group, "w") as file:
                file.write("0")

    words = [
        *spec["sandbox"],
        *("--seccomp", str(filtered), "--info-fd", str(write_born), "--"),
        *(sys.executable, "-I", "-S", spec["warden"], str(theirs.fileno()), str(note)),
    ]
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    sandbox = subprocess.Popen(
        words, stdin=null, stdout=null, stderr=pipe, env={}, pass_fds=passed, preexec_fn=join
    )
    for descriptor in (note, filtered, write_born):
        os.close(descriptor)
    theirs.close()
    with contextlib.suppress(OSError):
        ours.send(json.dumps(spec).encode())
        if ours.recv(100) == b"ready":
            with open(born) as file:
                remember(spec["note"], json.load(file)["child-pid"])
            return ours
    assert sandbox.stderr
    said = sandbox.stderr.read().decode("utf-8", "replace").strip().splitlines()
    sys.exit(f"no sandbox: {said[-1] if said else 'bubblewrap has ended without a word'}")


def remember(note: str, pid: int) -> None:
    """Tells whoever grades which process it is to end, should it still be there."""
    with open(note, "a") as file:
        file.write(json.dumps({"warden": pid, "started": outside.start_of(pid)}) + "\n")


if __name__ == "__main__":
    main()
