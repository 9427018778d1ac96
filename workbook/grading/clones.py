"""When a git clone was handed in: the time of its newest commit.

Git is asked for that one object and never sees the clone's own configuration, in which a stranger may
have named programs to run. Its memory, its time and its answer are bounded.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from workbook.grading.sources import read_file

SECONDS = 10.0
"""Seconds that git may take."""

HEAD = 1 << 16
"""Bytes of a commit that are read: its lines stand before its message."""

FILES = 20_000
"""Files among a clone's objects that are looked at."""


def committed(path: Path) -> datetime | None:
    """The time of the commit that HEAD names; None where it cannot be told."""
    with contextlib.suppress(OSError, ValueError, OverflowError, subprocess.SubprocessError):
        commit = _head(path / ".git")
        if not _plain(path / ".git/objects"):
            return None
        told = _asked(path / ".git/objects", commit).decode("utf-8", "replace")
        if found := re.search(r"^committer .*> (\d{1,11}) [+-]\d{4}$", told, re.M):
            return datetime.fromtimestamp(int(found[1]), UTC)
    return None


def _asked(objects: Path, commit: str) -> bytes:
    """The beginning of a commit."""
    small = ["-c", "core.packedGitWindowSize=4m", "-c", "core.packedGitLimit=32m"]
    environment = {"PATH": os.environ.get("PATH", ""), "GIT_OBJECT_DIRECTORY": str(objects)}
    with tempfile.TemporaryDirectory() as clean:
        subprocess.run(
            ["git", "init", "-q", "--bare", clean], capture_output=True, check=True, timeout=SECONDS
        )
        with subprocess.Popen(
            ["git", *small, "cat-file", "commit", commit],
            env={**environment, "GIT_DIR": clean},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            timer = threading.Timer(SECONDS, process.kill)
            timer.start()
            try:
                assert process.stdout
                return process.stdout.read(HEAD)
            finally:
                timer.cancel()
                process.kill()


def _plain(folder: Path) -> bool:
    """Whether a clone's objects are files and folders: git waits for pipes, and follows links."""
    left, waiting = FILES, [folder]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for one in found:
                left -= 1
                mode = one.stat(follow_symlinks=False).st_mode
                if left < 0 or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    return False
                if stat.S_ISDIR(mode):
                    waiting.append(Path(one.path))
    return not (folder / "info/alternates").exists()


def _head(folder: Path) -> str:
    """The commit that HEAD names."""
    word = _text(folder / "HEAD").strip()
    if name := re.fullmatch(r"ref: (refs/[\w./-]+)", word):
        if ".." in name[1]:
            raise ValueError(name[1])
        with contextlib.suppress(OSError):
            word = _text(folder / name[1]).strip()
        if packed := re.search(rf"^(\w{{40,64}}) {re.escape(name[1])}$", _packed(folder), re.M):
            word = packed[1] if word.startswith("ref") else word
    if not re.fullmatch(r"[0-9a-f]{40,64}", word):
        raise ValueError("no commit")
    return word


def _packed(folder: Path) -> str:
    with contextlib.suppress(OSError):
        return _text(folder / "packed-refs")
    return ""


def _text(path: Path) -> str:
    return read_file(path).decode("utf-8", "replace")
