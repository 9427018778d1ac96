"""What Linux offers to confine a process and Python 3.11 has no function for, by `ctypes`.

Nothing here is looked up before it is called: the module can be imported on every system. Each
function raises OSError where the kernel refuses.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import platform
import signal
import socket
import struct
from collections.abc import Iterable

NEW_MOUNTS = 0x00020000
NEW_NAMES = 0x04000000
NEW_IPC = 0x08000000
NEW_USERS = 0x10000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000
"""Flags of unshare(2)."""

RDONLY, NOSUID, NODEV, NOEXEC = 1, 2, 4, 8
NOSYMFOLLOW, BIND, REC, PRIVATE = 0x100, 0x1000, 0x4000, 0x40000
"""Flags of mount(2). The first four have the same values in mount_setattr(2)."""

ATTR_NOSYMFOLLOW = 0x00200000

DETACH = 2
AT_RECURSIVE = 0x8000
CLONE_PARENT = 0x8000

SUBREAPER, PDEATHSIG, DUMPABLE, NO_NEW_PRIVS, SECCOMP = 36, 1, 4, 38, 22
BOUNDING_DROP, AMBIENT, AMBIENT_CLEAR = 24, 47, 4
"""Names of prctl(2)."""

ARCHITECTURES = {"x86_64": 0, "aarch64": 1}
AUDIT = (0xC000003E, 0xC00000B7)
"""What seccomp calls them."""

NUMBERS = {
    "clone": (56, 220),
    "pivot_root": (155, 41),
    "mount_setattr": (442, 442),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "capset": (126, 91),
    "socket": (41, 198),
    "mmap": (9, 222),
    "clone3": (435, 435),
}
"""System calls, by architecture."""

REFUSED = {
    # what could make a new user namespace, or go into another
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # memory that counts for no process
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # large parts of the kernel that no exercise needs
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "fanotify_init": (300, 262),
    "open_by_handle_at": (304, 265),
}
"""System calls that a confined process does not get."""

ANONYMOUS, SHARED = 0x20, 0x01
"""Flags of mmap(2)."""

FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6) if os.name == "posix" else ()
"""Kinds of sockets it may have; others, like those to a virtual machine's host, know no network."""


@functools.cache
def libc() -> ctypes.PyDLL:
    """The C library. PyDLL keeps the interpreter's lock, which a copied process needs."""
    return ctypes.PyDLL(None, use_errno=True)


def checked(result: int) -> int:
    """The result of a C function, or the error that it tells."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """One system call by its name."""
    machine = ARCHITECTURES.get(platform.machine())
    if machine is None:
        raise OSError(f"system calls of {platform.machine()} are not known here")
    plain = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return checked(libc().syscall(ctypes.c_long(NUMBERS[name][machine]), *plain))


def prctl(option: int, *arguments: int) -> None:
    """prctl(2)."""
    values = [ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    checked(libc().prctl(ctypes.c_int(option), *values))


def die_with_parent() -> None:
    """Has the kernel end this process with its parent."""
    prctl(PDEATHSIG, signal.SIGKILL)


# ---------------------------------------------------------------- namespaces and mounts


def unshare(flags: int) -> None:
    """Gives this process namespaces of its own."""
    checked(libc().unshare(ctypes.c_int(flags)))


def raise_loopback() -> None:
    """A new network has nothing but a loopback device that is down."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = struct.pack("16s", b"lo")
        (flags,) = struct.unpack("16xh", fcntl.ioctl(any_socket, 0x8913, name + bytes(24))[:18])
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", flags | 1))


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    checked(
        libc().mount(
            os.fsencode(source),
            os.fsencode(target),
            None if kind is None else kind.encode(),
            ctypes.c_ulong(flags),
            data.encode() or None,
        )
    )


def bind(source: str, target: str, attributes: int) -> None:
    """Shows `source`, with all that is mounted in it, at `target` too: read-only, for one."""
    mount(source, target, None, BIND | REC)
    set_attributes(target, attributes, AT_RECURSIVE)


def set_attributes(path: str, attributes: int, flags: int = 0) -> None:
    """mount_setattr(2): adds attributes to a mount. Linux 5.12."""
    request = ctypes.create_string_buffer(struct.pack("=4Q", attributes, 0, 0, 0), 32)
    call("mount_setattr", -100, os.fsencode(path), flags, request, 32)


def pivot(root: str) -> None:
    """Makes `root` the root, and nothing else of the disk reachable."""
    os.chdir(root)
    call("pivot_root", b".", b".")
    checked(libc().umount2(b".", ctypes.c_int(DETACH)))
    os.chdir("/")


def clone_sibling() -> int:
    """fork, but the child's parent is this process's parent. 0 in the child.

    The child may do little: Python has not been told that it is another process.
    """
    return call("clone", CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)


# ---------------------------------------------------------------- privileges


def drop_bounding_set() -> None:
    """No program that this process runs can get a capability; it takes one to say so."""
    for number in range(64):
        try:
            prctl(BOUNDING_DROP, number)
        except OSError:  # the first that this kernel does not know
            return


def drop_capabilities() -> None:
    """Gives all up, for ever."""
    with contextlib.suppress(OSError):  # Linux 4.3
        prctl(AMBIENT, AMBIENT_CLEAR)
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8)
    call("capset", header, ctypes.create_string_buffer(24))


def forbid_new_privileges() -> None:
    """Set-user-id programs are ordinary ones from now on."""
    prctl(NO_NEW_PRIVS, 1)


def filter_calls() -> None:
    """Has the kernel refuse the system calls in REFUSED, and sockets not in FAMILIES."""
    program = _program(ARCHITECTURES[platform.machine()])
    code = ctypes.create_string_buffer(program, len(program))
    fields = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    head = ctypes.create_string_buffer(fields, len(fields))
    prctl(SECCOMP, 2, ctypes.addressof(head))


def _program(machine: int) -> bytes:
    """The filter, in the kernel's little language (classic BPF)."""

    def word(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    def load(offset: int) -> bytes:
        return word(0x20, offset)

    def give(error: int) -> bytes:
        return word(0x06, 0x00050000 | error)

    equal, at_least, any_bit = 0x15, 0x35, 0x45
    eperm, enosys, eafnosupport = 1, 38, 97
    allow = word(0x06, 0x7FFF0000)
    kill = word(0x06, 0x80000000)
    lines = [load(4), word(equal, AUDIT[machine], 1, 0), kill, load(0)]
    if machine == 0:  # the same calls once more, under other numbers
        lines += [word(at_least, 0x40000000, 0, 1), give(enosys)]
    for number in sorted({numbers[machine] for numbers in REFUSED.values()}):
        lines += [word(equal, number, 0, 1), give(eperm)]
    # its flags lie in memory, where no filter can look: libraries fall back on clone
    lines += [word(equal, NUMBERS["clone3"][machine], 0, 1), give(enosys)]
    lines += [word(equal, NUMBERS["clone"][machine], 0, 4), load(16)]
    lines += [word(any_bit, NEW_USERS, 0, 1), give(eperm), allow]
    # shared memory without a file stays when it is let go of, and is seen nowhere meanwhile
    lines += [word(equal, NUMBERS["mmap"][machine], 0, 5), load(40)]
    lines += [word(any_bit, ANONYMOUS, 0, 2), word(any_bit, SHARED, 0, 1), give(eperm), allow]
    lines += [word(equal, NUMBERS["socket"][machine], 0, len(FAMILIES) + 2), load(16)]
    for index, family in enumerate(FAMILIES):
        lines += [word(equal, family, len(FAMILIES) - index, 0)]
    lines += [give(eafnosupport), allow]
    return b"".join(lines)


# ---------------------------------------------------------------- Landlock

EXECUTE, WRITE, READ_FILE, READ_FOLDER = 1, 2, 4, 8
TRUNCATE, IOCTL, REFER = 1 << 14, 1 << 15, 1 << 13
ALL_OF_FIRST = (1 << 13) - 1
SPECIAL = (1 << 6) | (1 << 11) | (1 << 12)  # devices, links
READ = READ_FILE | READ_FOLDER


def landlock_version() -> int:
    """Which version of Landlock the kernel has; OSError without it."""
    return call("landlock_create_ruleset", None, 0, 1)


def landlock(programs: Iterable[str], readable: Iterable[str], writable: Iterable[str]) -> None:
    """From now on this process reaches files only below these, and no process outside of its own.

    The last holds for ptrace in every version, for signals and abstract sockets from the sixth on.
    """
    version = landlock_version()
    handled = ALL_OF_FIRST
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL)):
        handled |= right if version >= since else 0
    scoped = 3 if version >= 6 else 0
    fields = struct.pack("=3Q", handled, 0, scoped)[: 24 if version >= 6 else 8]
    rules = call("landlock_create_ruleset", ctypes.create_string_buffer(fields), len(fields), 0)
    change = handled & ~EXECUTE & ~IOCTL & ~SPECIAL
    for paths, rights in ((programs, READ | EXECUTE), (readable, READ), (writable, change)):
        for path in paths:
            _allow_beneath(rules, path, rights & handled)
    call("landlock_restrict_self", rules, 0)
    os.close(rules)


def _allow_beneath(rules: int, path: str, rights: int) -> None:
    opened = os.open(path, getattr(os, "O_PATH", 0))
    if not os.path.isdir(path):
        rights &= EXECUTE | WRITE | READ_FILE | TRUNCATE
    rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, opened), 12)
    try:
        call("landlock_add_rule", rules, 1, rule, 0)
    finally:
        os.close(opened)
