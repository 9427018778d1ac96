"""Saves that are killed half way, saves in which the power goes, and what is left afterwards.

A kill ends a process between two instructions: no `except`, no `finally`, and what Python has not
handed to the system yet is lost. What the system has been given stays. `killed_while_saving` does it
to a real process, which says how far it has come and is ended from outside.

A power cut takes the system's memory as well. No test can cut the power, so `after_power_cuts` asks
`FragileDisk`, which knows what would be left.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice, product
from pathlib import Path
from typing import TypeAlias

from steps.s07_persistence.damage import DamagedFile
from steps.s07_persistence.disk import DISK, Disk, replace_file, temporary_name
from steps.s07_persistence.rdb.snapshot import load
from steps.s07_persistence.rdb.writer import rdb_chunks
from workbook.labs.s07.files import FragileDisk, PowerCut, RecordingDisk, Shelf

Save: TypeAlias = Callable[[str, Iterable[bytes], Disk], None]
"""What makes chunks the content of a file, as `replace_file` does."""

LUCK = list(product(["old", "new"], ["old", "half", "new"]))
"""Which names and which bytes the disk has, of those that no sync has made sure of."""


def snapshot_of(word: bytes, keys: int = 400) -> list[bytes]:
    """A snapshot in chunks: that many keys, each with a value of about 1 000 bytes of this word."""
    shelf = Shelf()
    for number in range(keys):
        shelf.put(b"user:%03d" % number, word * (1000 // len(word)))
    return list(rdb_chunks(shelf, 0))


def found(path: str | Path) -> str:
    """What a server would find in a snapshot of `snapshot_of`, or why it would not start."""
    try:
        databases = load(str(path))
    except DamagedFile as damage:
        return f"refused: {damage.what}"
    if not databases:
        return "nothing"
    words = {value[:3].decode() for value in databases[0].data.values()}
    return f"{' and '.join(sorted(words))} ({len(databases[0].data)} keys)"


# --- the wrong ways ------------------------------------------------------------------------------


def overwrite(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    """The tempting way: the file that was good is the first thing that is lost."""
    with disk.extend(path) as file:
        disk.cut(file, 0)
        for chunk in chunks:
            disk.write(file, chunk)


def rename_only(path: str, chunks: Iterable[bytes], disk: Disk = DISK) -> None:
    """As `replace_file`, but without a sync: good against a kill."""
    temporary = temporary_name(path)
    with disk.create(temporary) as file:
        for chunk in chunks:
            disk.write(file, chunk)
    disk.replace(temporary, path)


WAYS: dict[str, Save] = {
    "overwrite": overwrite,
    "rename_only": rename_only,
    "replace_file": replace_file,
}

# --- killed --------------------------------------------------------------------------------------


def killed_while_saving(path: str | Path, way: str, chunks: int) -> bool:
    """Lets a child save and kills it after that many chunks; tells whether that ended it."""
    command = [sys.executable, "-m", "workbook.labs.s07.kills", str(path), way, str(chunks)]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        child.kill()
    return line.strip() == b"so far" and child.returncode != 0


def until_the_end_comes(chunks: list[bytes], number: int) -> Iterator[bytes]:
    """The first chunks; then says so, and waits to be killed."""
    yield from islice(chunks, number)
    print("so far", flush=True)
    sys.stdin.read()


# --- the power goes ------------------------------------------------------------------------------


def after_power_cuts(save: Save) -> list[tuple[str, str]]:
    """Cuts the power at every moment of a save: when, and all that may be left of the file."""
    recording = RecordingDisk()
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        os.mkdir(data)
        save(os.path.join(data, "dump.rdb"), snapshot_of(b"new", 6), recording)
    moments = [f"before {call}" for call in recording.calls] + ["after it has returned"]
    return [(moment, " or ".join(_left(save, call))) for call, moment in enumerate(moments)]


def _left(save: Save, call: int) -> list[str]:
    """What may be left if the power goes before the call of this number: all kinds of luck."""
    left = set()
    with tempfile.TemporaryDirectory() as folder:
        path, disk = os.path.join(folder, "dump.rdb"), FragileDisk()
        replace_file(path, snapshot_of(b"old", 4), disk)
        disk.cut_power_at(call)
        with suppress(PowerCut):
            save(path, snapshot_of(b"new", 6), disk)
        for names, contents in LUCK:
            after = os.path.join(folder, f"{names} names, {contents} bytes")
            disk.leave(after, names=names, contents=contents)
            left.add(found(os.path.join(after, "dump.rdb")).partition(":")[0])
    return sorted(left)


if __name__ == "__main__":
    WAYS[sys.argv[2]](sys.argv[1], until_the_end_comes(snapshot_of(b"new"), int(sys.argv[3])), DISK)
