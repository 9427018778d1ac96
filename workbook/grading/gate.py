"""Puts a trusted program beside a sealed submission: `python -I -S gate.py SPEC PROGRAM...`.

bubblewrap has given this process the rights to it (see `confine.rights`). Before it becomes PROGRAM
(pytest, for example), or goes on as a fork that runs tests (see `workbook.standby`), it

- takes a network with nothing but a loopback device, which PROGRAM and the submission share;
- mounts the work folder, in memory and of a fixed size. bubblewrap can neither limit the number
  of its files nor keep PROGRAM from following a link out of it;
- starts bubblewrap again, with the *warden* in it (see `warden.py`), at the other end of a socket;
- drops its own rights, unless it is root's.

SPEC is a file in JSON (see `confine.Confinement.spec`).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import struct
import subprocess
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from workbook.grading import outside, syscalls, warden

NOSUID, NODEV, NOEXEC, NOSYMFOLLOW = 2, 4, 8, 0x100
"""Flags of mount(2)."""

NEW_MOUNTS, NEW_NETWORK = 0x20000, 0x40000000
"""Flags of unshare(2)."""

GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
"""Orders of ioctl(2) for the flags of a network device, and one of them."""

CAPABILITIES = 0x20080522
"""The version of capset(2)."""


def main() -> None:
    """Makes the enclosure, and becomes the program."""
    command = sys.argv[2:]
    orders = enter(sys.argv[1])
    os.set_inheritable(orders, True)
    os.execv(command[0], command)


def enter(file: str) -> int:
    """Makes the enclosure around this process; the number of the socket to the warden.

    The environment says the same to `confine.inside`.
    """
    with open(file) as opened:
        spec = json.load(opened)
    call("unshare", NEW_MOUNTS | NEW_NETWORK)
    bring_up_loopback()
    mount_work(spec)
    if os.geteuid():  # a plain user's capabilities, in his own namespace
        warden.prctl(warden.AMBIENT, warden.AMBIENT_CLEAR)
    orders = start_warden(spec).detach()
    if os.geteuid():
        none = struct.pack("6I", *(0,) * 6)
        call("capset", struct.pack("Ii", CAPABILITIES, 0), none)
    place = {"socket": orders, **{name: spec[name] for name in ("box", "work")}}
    os.environ[warden.VARIABLE] = json.dumps(place)
    return orders


def call(name: str, *arguments: Any) -> None:
    """A function of C's; OSError where it fails."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}, at {name}")


def bring_up_loopback() -> None:
    """A new network has a loopback device that is off."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = fcntl.ioctl(any_socket, GET_FLAGS, struct.pack("16sh22x", b"lo", 0))
        (flags,) = struct.unpack_from("h", asked, 16)
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh22x", b"lo", flags | UP))


def mount_work(spec: dict[str, Any]) -> None:
    """A folder of a fixed size. Nobody follows a link in there, so that none leads out of it."""
    limits, uid = spec["limits"], spec["uid"]
    owner = f"uid={os.geteuid()},gid={os.getegid()}" if uid is None else f"uid={uid},gid={uid}"
    data = f"mode=0700,{owner},size={limits['disk']},nr_inodes={limits['files']}"
    flags = ctypes.c_ulong(NOSUID | NODEV | NOEXEC | NOSYMFOLLOW)
    call("mount", b"work", os.fsencode(spec["work"]), b"tmpfs", flags, data.encode())


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
    sys.exit(f"no sandbox: {said[-1] if said else 'bubblewrap ended without saying why'}")


def remember(note: str, pid: int) -> None:
    """Tells the grader which process to end, if it is still there."""
    with open(note, "a") as file:
        file.write(json.dumps({"warden": pid, "started": outside.start_of(pid)}) + "\n")


if __name__ == "__main__":
    main()
