"""The system calls that a sealed process does not get, as a filter for bubblewrap to install."""

from __future__ import annotations

import os
import platform
import socket
import struct

ARCHITECTURES = {"x86_64": 0, "aarch64": 1}
AUDIT = (0xC000003E, 0xC00000B7)
"""What seccomp calls them."""

CLONE, CLONE3, MMAP, SOCKET = (56, 220), (435, 435), (9, 222), (41, 198)
"""System calls that are refused by their arguments, by architecture."""

NEW_USERS = 0x10000000
"""A flag of clone(2)."""

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


def program() -> bytes:
    """The filter, in the kernel's little language (classic BPF); OSError on an unknown processor."""
    machine = ARCHITECTURES.get(platform.machine())
    if machine is None:
        raise OSError(f"the system calls of {platform.machine()} are not known here")

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
    lines += [word(equal, CLONE3[machine], 0, 1), give(enosys)]
    lines += [word(equal, CLONE[machine], 0, 4), load(16)]
    lines += [word(any_bit, NEW_USERS, 0, 1), give(eperm), allow]
    # shared memory without a file stays when it is let go of, and is seen nowhere meanwhile
    lines += [word(equal, MMAP[machine], 0, 5), load(40)]
    lines += [word(any_bit, ANONYMOUS, 0, 2), word(any_bit, SHARED, 0, 1), give(eperm), allow]
    lines += [word(equal, SOCKET[machine], 0, len(FAMILIES) + 2), load(16)]
    for index, family in enumerate(FAMILIES):
        lines += [word(equal, family, len(FAMILIES) - index, 0)]
    lines += [give(eafnosupport), allow]
    return b"".join(lines)
