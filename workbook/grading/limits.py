"""What one submission may use, and how to say which limit it hit.

Each number is far above what the answers need, and far below what hurts a machine that grades several
submissions at once.
"""

from __future__ import annotations

import re
import signal
from dataclasses import asdict, dataclass
from typing import Any

MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits of one submission; the names of `WORDS` are those of what can run out."""

    wall: float = 1800.0
    """Seconds for the whole of it, by the clock; one test has its own limit."""
    cpu: int = 120
    """Seconds of processor time of one process."""
    memory: int = 1024 * MB
    """Bytes that all of its processes hold together."""
    processes: int = 400
    """Processes and threads at the same time: the thread of each connection is one."""
    file: int = 64 * MB
    """Bytes of one file."""
    disk: int = 128 * MB
    """Bytes of all its files together."""
    files: int = 8192
    """Files and folders in its work folder."""
    open: int = 1024
    """Open files and sockets of one process."""
    output: int = 4 * MB
    """Bytes of what one process prints, or answers at a time."""

    @property
    def addresses(self) -> int:
        """Bytes of addresses of one process: many times what it holds, for threads reserve some."""
        return 8 * self.memory

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


WORDS = {
    "wall": "it took longer than {wall:g} s",
    "cpu": "a process used more than {cpu} s of processor time",
    "memory": "it used more than {memory} of memory",
    "processes": "it had more than {processes} processes and threads at once",
    "file": "it wrote a file larger than {file}",
    "disk": "it filled its work folder, which has room for {disk} or {files} files",
    "open": "a process had more than {open} files and sockets open",
    "output": "it printed more than {output}",
}

SIGNS = {
    "memory": r"MemoryError|Cannot allocate memory",
    "processes": r"can't start new thread|BlockingIOError: \[Errno 11\] Resource temporarily",
    "file": r"\[Errno 27\]|File too large",
    "disk": r"\[Errno 28\]|No space left on device",
    "open": r"\[Errno 24\]|Too many open files",
    "cpu": r"(?:died of signal |exit code -)24\b",
    "output": r"it had printed \d+ MB|its answer was longer than \d+ MB|it kept answering",
}
"""What Python says where the system has refused more, and the tests of a process that was ended."""


def told(name: str, limits: Limits) -> str:
    """A limit that was hit, in words: `told("memory", Limits())`."""
    values = asdict(limits)
    for size in ("memory", "file", "disk", "output"):
        values[size] = f"{values[size] / MB:g} MB"
    return WORDS[name].format(**values)


def signs(code: int | None, text: str) -> list[str]:
    """Which limits a process seems to have hit, by its exit code and by what it printed.

    It may print what it likes: this is for an explanation, never for a verdict.
    """
    found = [name for name, pattern in SIGNS.items() if re.search(pattern, text)]
    # the shell's way to tell of a signal is 128 + its number
    for name, signum in (("cpu", "SIGXCPU"), ("file", "SIGXFSZ")):
        number = getattr(signal, signum, None)  # not on Windows
        if number is not None and code in (-number, 128 + number) and name not in found:
            found.append(name)
    return found
